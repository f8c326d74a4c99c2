import type { Subscription } from './queries.ts';

const DAY_SECONDS = 86_400;
/** As long as the sandbox works on one advance without a pause that somebody would take for a fault. */
export const MOST_DAYS = 400;

/** How far the clock can be moved at once. A month is 32 days here, so that a monthly renewal always falls into it. */
export const STEPS = [
  { days: 1, label: '1 day' },
  { days: 7, label: '7 days' },
  { days: 32, label: '1 month' },
] as const;

/** Days in the unit of the sandbox’s clock. */
export const secondsOf = (days: number): number => Math.round(days * DAY_SECONDS);

/** What is wrong with a number of days that somebody typed; null: nothing. */
export function daysFinding(typed: number | string): string | null {
  const days = typed === '' ? Number.NaN : Number(typed);
  return Number.isInteger(days) && days >= 1 && days <= MOST_DAYS ? null : `Enter a whole number of days from 1 to ${MOST_DAYS}.`;
}

/** A customer of the sandbox that has a subscription. */
export interface SandboxCustomer {
  id: string;
  consumerId: string | null;
}

/** Each customer of these subscriptions once, in their order. */
export function customersOf(subscriptions: readonly Subscription[]): SandboxCustomer[] {
  const customers = new Map<string, SandboxCustomer>();
  for (const { customerId: id, consumerId } of subscriptions) if (!customers.has(id)) customers.set(id, { id, consumerId });
  return [...customers.values()];
}

/** How subscriptions stood before something was done, by id. */
export type Standing = ReadonlyMap<string, { status: string; access: string }>;

/** How these subscriptions stand. */
export const standingOf = (subscriptions: readonly Subscription[]): Standing =>
  new Map(subscriptions.map(({ id, status, access }) => [id, { status, access }]));

/** What a subscription was before, where that differs from now; null: the same, or it was not there. */
export function formerOf(before: Standing | null, { id, status, access }: Subscription): { status: string; access: string } | null {
  const former = before?.get(id);
  return former === undefined || (former.status === status && former.access === access) ? null : former;
}

/** The sandbox’s answer to an advance: its time, as a number of seconds. */
export function nowOf(answer: unknown): string | null {
  const { now } = (answer ?? {}) as { now?: unknown };
  return typeof now === 'number' && Number.isFinite(now) ? new Date(now * 1_000).toISOString() : null;
}

/** What a control answered, in words; empty: nothing worth saying. */
export function answerText(control: string, answer: unknown): string {
  const said = (answer ?? {}) as { paid?: unknown; id?: unknown; status?: unknown };
  if (control === 'pay-open-invoices' && Array.isArray(said.paid))
    return said.paid.length === 0 ? 'no invoice was open' : `${said.paid.length} paid`;
  if (typeof said.id === 'string') return said.id;
  return typeof said.status === 'string' ? `now ${said.status}` : '';
}
