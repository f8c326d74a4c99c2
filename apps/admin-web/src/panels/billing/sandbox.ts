import type { Subscription } from './queries.ts';

const DAY_SECONDS = 86_400;
/** A longer advance would take so long that it looks like a failure. */
export const MOST_DAYS = 400;

/**
 * Buttons that advance the clock. A month is 32 days, so that it always includes a monthly renewal.
 */
export const STEPS = [
  { days: 1, label: '1 day' },
  { days: 7, label: '7 days' },
  { days: 32, label: '1 month' },
] as const;

export const secondsOf = (days: number): number => Math.round(days * DAY_SECONDS);

/** What is wrong with a number of days that was entered; null when it is valid. */
export function daysError(entered: number | string): string | null {
  const days = entered === '' ? Number.NaN : Number(entered);
  return Number.isInteger(days) && days >= 1 && days <= MOST_DAYS ? null : `Enter a whole number of days from 1 to ${MOST_DAYS}.`;
}

/** A customer of the sandbox that has a subscription. */
export interface SandboxCustomer {
  id: string;
  consumerId: string | null;
}

/** The customers of these subscriptions, without duplicates. */
export function customersOf(subscriptions: readonly Subscription[]): SandboxCustomer[] {
  const customers = new Map<string, SandboxCustomer>();
  for (const { customerId: id, consumerId } of subscriptions) if (!customers.has(id)) customers.set(id, { id, consumerId });
  return [...customers.values()];
}

type SubscriptionState = Pick<Subscription, 'status' | 'access'>;

/** The states of subscriptions at one moment, by ID. */
export type SubscriptionStates = ReadonlyMap<string, SubscriptionState>;

export const statesOf = (subscriptions: readonly Subscription[]): SubscriptionStates =>
  new Map(subscriptions.map(({ id, status, access }) => [id, { status, access }]));

/** The earlier state of a subscription; null when it has not changed or did not exist. */
export function previousState(before: SubscriptionStates | null, { id, status, access }: Subscription): SubscriptionState | null {
  const previous = before?.get(id);
  return previous === undefined || (previous.status === status && previous.access === access) ? null : previous;
}

/** The sandbox’s time in its answer to an advance, in RFC 3339; null when there is none. */
export function clockOf(answer: unknown): string | null {
  const { now } = (answer ?? {}) as { now?: unknown };
  return typeof now === 'number' && Number.isFinite(now) ? new Date(now * 1_000).toISOString() : null;
}

/** The result of a command in the sandbox’s answer; empty when there is nothing to show. */
export function resultText(control: string, answer: unknown): string {
  const { paid, id, status } = (answer ?? {}) as { paid?: unknown; id?: unknown; status?: unknown };
  if (control === 'pay-open-invoices' && Array.isArray(paid)) return paid.length === 0 ? 'no open invoices' : `${paid.length} paid`;
  if (typeof id === 'string') return id;
  return typeof status === 'string' ? `now ${status}` : '';
}
