import { priceText } from '@api-factory/core';
import { type AdminClient, AdminError, listUpTo } from '../client.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { table } from './table.ts';
import { FailedCommand, outJson, type Terminal, UsageError } from './terminal.ts';

/** The fields of a plan that an operator decides. null is unlimited; for a price, none. */
interface PlanFields {
  name: string;
  quota: { limit: number | null; period: string };
  rate: { limit: number | null; windowSeconds: number };
  price: { amountCents: number; currency: string; interval: string } | null;
  apis: string[] | null;
}

type Plan = PlanFields & { id: string; version: number; entitlements: number };
/** What an edit answers: `moving` entitlements follow those that have moved. */
type EditedPlan = Plan & { moved: number; moving: number };

export async function listPlans(options: ConnectionOptions & { limit: number }, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const plans = await listUpTo<Plan>(client, '/plans', { limit: options.limit });
  if (options.json) return outJson(terminal, plans);
  terminal.out(planTable(plans));
}

/** A limit as it is typed. */
export type TypedLimit = number | 'unlimited';

/** A price as it is typed. */
export type TypedPrice = number | 'none';

/** Options of `plans set`; what is absent stays as the plan has it. */
export interface SetOptions extends ConnectionOptions {
  name?: string;
  quota?: TypedLimit;
  period?: string;
  rate?: TypedLimit;
  window?: number;
  price?: TypedPrice;
  currency?: string;
  interval?: string;
  existing?: string;
}

/** Creates the plan, or makes its next version. */
export async function setPlan(id: string, options: SetOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const present = await findPlan(client, id);
  const fields = mergePlan(id, present, options);
  const { data, said } =
    present === null
      ? await create(client, { id, ...fields })
      : await edit(client, present, { fields, existing: options.existing ?? 'now' });
  if (options.json) outJson(terminal, data);
  else terminal.out(planTable([data]));
  terminal.say(said);
  if (present?.price && data.price === null)
    terminal.say('It has no price any more; `api-factory plans push` takes it off sale at Stripe.');
}

/** Asks a person at a terminal first. A plan that something refers to is refused. */
export async function deletePlan(id: string, options: ConnectionOptions & { yes?: boolean }, terminal: Terminal): Promise<void> {
  if (terminal.interactive && !options.yes) {
    const { confirm, isCancel } = await import('@clack/prompts');
    const answer = await confirm({ message: `Delete plan ${id}?`, initialValue: false });
    if (isCancel(answer) || !answer) throw new FailedCommand('Nothing was deleted.');
  }
  const client = await connect(options, terminal);
  const { data } = await client.send<{ id: string }>('DELETE', `/plans/${encodeURIComponent(id)}`);
  if (options.json) outJson(terminal, data);
  terminal.say(`Plan ${data.id} is deleted.`);
}

async function create(client: AdminClient, plan: PlanFields & { id: string }): Promise<{ data: Plan; said: string }> {
  const { data } = await client.send<Plan>('POST', '/plans', plan);
  return { data, said: `Plan ${data.id} is created.` };
}

async function edit(
  client: AdminClient,
  before: Plan,
  { fields, existing }: { fields: PlanFields; existing: string },
): Promise<{ data: Plan; said: string }> {
  const { data } = await client.send<EditedPlan>('PUT', `/plans/${encodeURIComponent(before.id)}`, { ...fields, existing });
  return { data, said: editText(before, data, existing) };
}

function editText(before: Plan, { id, version, moved, moving }: EditedPlan, existing: string): string {
  const isNew = before.version !== version;
  if (!isNew && moved === 0) return `Plan ${id} was so already.`;
  const said = `Plan ${id} is ${isNew ? 'now ' : ''}at version ${version}.`;
  if (existing === 'keep') return `${said} Entitlements stay on their version.`;
  if (moving === 0) return `${said} All its entitlements have moved to it.`;
  return `${said} ${moved} of its entitlements have moved to it; ${moving} more follow in the background.`;
}

async function findPlan(client: AdminClient, id: string): Promise<Plan | null> {
  try {
    return (await client.get<Plan>(`/plans/${encodeURIComponent(id)}`)).data;
  } catch (error) {
    if (error instanceof AdminError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}

/** The whole of a plan: what is asked for over what it is. @throws UsageError when a new plan lacks something */
export function mergePlan(id: string, present: PlanFields | null, options: SetOptions): PlanFields {
  const missing = present === null ? (['name', 'quota', 'rate'] as const).filter((field) => options[field] === undefined) : [];
  if (missing.length > 0) {
    throw new UsageError(`there is no plan ${id} yet; a new one needs ${missing.map((field) => `--${field}`).join(', ')}`);
  }
  const pick = <T>(asked: T | undefined, is: T | undefined, otherwise: T): T =>
    asked !== undefined ? asked : is !== undefined ? is : otherwise;
  return {
    name: pick(options.name, present?.name, id),
    quota: {
      limit: pick(toLimit(options.quota), present?.quota.limit, null),
      period: pick(options.period, present?.quota.period, 'month'),
    },
    rate: {
      limit: pick(toLimit(options.rate), present?.rate.limit, null),
      windowSeconds: pick(options.window, present?.rate.windowSeconds, 60),
    },
    price: mergePrice(present?.price ?? null, options),
    apis: present?.apis ?? null,
  };
}

const toLimit = (typed: TypedLimit | undefined): number | null | undefined => (typed === 'unlimited' ? null : typed);

function mergePrice(present: PlanFields['price'], { price, currency, interval }: SetOptions): PlanFields['price'] {
  const amountCents = price === 'none' ? undefined : (price ?? present?.amountCents);
  if (amountCents === undefined) {
    if (currency !== undefined || interval !== undefined) throw new UsageError('--currency and --interval need a --price');
    return null;
  }
  return { amountCents, currency: currency ?? present?.currency ?? 'usd', interval: interval ?? present?.interval ?? 'month' };
}

const limitText = (limit: number | null): string | number => limit ?? 'unlimited';

const planTable = (plans: Plan[]): string =>
  table(plans, {
    ID: (plan) => plan.id,
    NAME: (plan) => plan.name,
    VERSION: (plan) => plan.version,
    QUOTA: (plan) => limitText(plan.quota.limit),
    PERIOD: (plan) => plan.quota.period,
    RATE: (plan) => limitText(plan.rate.limit),
    'WINDOW (s)': (plan) => plan.rate.windowSeconds,
    PRICE: (plan) => (plan.price === null ? null : priceText(plan.price)),
    ENTITLEMENTS: (plan) => plan.entitlements,
  });
