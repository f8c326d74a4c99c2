import { priceText } from '@api-factory/core';
import * as sdk from '@api-factory/sdk-ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { type ListOptions, printList } from './list.ts';
import { type Columns, table } from './table.ts';
import { type ConfirmOptions, confirmAtTerminal, outJson, type Terminal, UsageError } from './terminal.ts';

/** The fields of a plan that an operator sets. A null limit is unlimited; null apis means all. */
type PlanFields = Pick<Plan, 'name' | 'quota' | 'rate' | 'price' | 'apis'>;
type Plan = sdk.GetPlanResponse['data'];
type EditedPlan = sdk.ReplacePlanResponse['data'];

export const listPlans = (options: ListOptions, terminal: Terminal): Promise<void> =>
  printList({ list: sdk.listPlans, columns: COLUMNS }, options, terminal);

/** Parsed options of `plans set`. Fields without an option keep their value. */
export interface SetPlanOptions extends ConnectionOptions {
  name?: string;
  quota?: number | 'unlimited';
  period?: 'month' | 'day';
  rate?: number | 'unlimited';
  window?: number;
  price?: number | 'none';
  currency?: string;
  interval?: 'month' | 'year';
  apis?: string[] | 'all';
  existing?: 'now' | 'keep';
}

/** Creates the plan or its next version. */
export async function setPlan(id: string, options: SetPlanOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const before = await findPlan(client, id);
  const fields = mergePlan(id, before, options);
  const { plan, message } =
    before === null
      ? await createPlan(client, { id, ...fields })
      : await editPlan(client, before, { ...fields, existing: options.existing ?? 'now' });
  if (options.json) outJson(terminal, plan);
  else terminal.out(table([plan], COLUMNS));
  terminal.say(message);
  if (before?.price && plan.price === null)
    terminal.say('The plan no longer has a price. Run `api-factory plans push` to archive it in Stripe.');
}

export interface DeletePlanOptions extends ConnectionOptions, ConfirmOptions {}

export async function deletePlan(id: string, options: DeletePlanOptions, terminal: Terminal): Promise<void> {
  await confirmAtTerminal(terminal, options, { question: `Delete plan ${id}?`, declined: 'Nothing was deleted.' });
  const client = await connect(options, terminal);
  const { data } = await sdk.deletePlan({ client, path: { id } });
  if (options.json) outJson(terminal, data.data);
  terminal.say(`Deleted plan ${data.data.id}.`);
}

interface SavedPlan {
  plan: Plan;
  message: string;
}

async function createPlan(client: sdk.Client, plan: PlanFields & { id: string }): Promise<SavedPlan> {
  const { data } = await sdk.createPlan({ client, body: plan });
  return { plan: data.data, message: `Created plan ${data.data.id}.` };
}

async function editPlan(client: sdk.Client, before: Plan, edit: PlanFields & { existing: 'now' | 'keep' }): Promise<SavedPlan> {
  const { data } = await sdk.replacePlan({ client, path: { id: before.id }, body: edit });
  return { plan: data.data, message: editText(before, data.data, edit.existing) };
}

function editText(before: Plan, { id, version, moved, moving }: EditedPlan, existing: 'now' | 'keep'): string {
  const isNew = before.version !== version;
  if (!isNew && moved === 0) return `Plan ${id} is unchanged.`;
  const versionText = `Plan ${id} is ${isNew ? 'now ' : ''}at version ${version}.`;
  if (existing === 'keep') return `${versionText} Existing entitlements keep their version.`;
  if (moving === 0) return moved === 0 ? versionText : `${versionText} All its entitlements have moved to it.`;
  return `${versionText} ${moved} of its entitlements have moved to it; ${moving} more follow in the background.`;
}

async function findPlan(client: sdk.Client, id: string): Promise<Plan | null> {
  try {
    return (await sdk.getPlan({ client, path: { id } })).data.data;
  } catch (error) {
    if (sdk.isApiError(error, 'NOT_FOUND')) return null;
    throw error;
  }
}

/** Applies the options to the plan. @throws UsageError when a new plan lacks a required option */
function mergePlan(id: string, before: PlanFields | null, options: SetPlanOptions): PlanFields {
  const missing = before === null ? (['name', 'quota', 'rate'] as const).filter((field) => options[field] === undefined) : [];
  if (missing.length > 0) {
    throw new UsageError(`there is no plan ${id} yet; a new plan needs ${missing.map((field) => `--${field}`).join(', ')}`);
  }
  return {
    name: options.name ?? before?.name ?? id,
    quota: {
      limit: mergeNullable(options.quota, 'unlimited', before?.quota.limit),
      period: options.period ?? before?.quota.period ?? 'month',
    },
    rate: {
      limit: mergeNullable(options.rate, 'unlimited', before?.rate.limit),
      windowSeconds: options.window ?? before?.rate.windowSeconds ?? 60,
    },
    price: mergePrice(before?.price ?? null, options),
    apis: mergeNullable(options.apis, 'all', before?.apis),
  };
}

/** The option, where `word` means null, or else the previous value. */
function mergeNullable<Value, Word extends string>(option: Value | Word | undefined, word: Word, before: Value | null | undefined) {
  if (option === undefined) return before ?? null;
  return option === word ? null : (option as Value);
}

function mergePrice(before: PlanFields['price'], { price, currency, interval }: SetPlanOptions): PlanFields['price'] {
  const amountCents = price === 'none' ? undefined : (price ?? before?.amountCents);
  if (amountCents === undefined) {
    if (currency !== undefined || interval !== undefined) throw new UsageError('--currency and --interval need a --price');
    return null;
  }
  return { amountCents, currency: currency ?? before?.currency ?? 'usd', interval: interval ?? before?.interval ?? 'month' };
}

const COLUMNS: Columns<Plan> = {
  ID: (plan) => plan.id,
  NAME: (plan) => plan.name,
  VERSION: (plan) => plan.version,
  QUOTA: (plan) => plan.quota.limit ?? 'unlimited',
  PERIOD: (plan) => plan.quota.period,
  RATE: (plan) => plan.rate.limit ?? 'unlimited',
  'WINDOW (s)': (plan) => plan.rate.windowSeconds,
  PRICE: (plan) => (plan.price === null ? null : priceText(plan.price)),
  APIS: (plan) => plan.apis?.join(',') ?? 'all',
  ENTITLEMENTS: (plan) => plan.entitlements,
};
