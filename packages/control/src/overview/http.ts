import { countUnsettled } from '../billing/store/events.ts';
import type { Context } from '../context.ts';
import type { Api } from '../http/api.ts';
import { Answer, answer } from '../http/envelope.ts';
import { operation, problems } from '../http/operation.ts';
import { correctByLive, planMix, sumKeys } from './rules.ts';
import { Overview } from './schema.ts';
import { type CountedModes, countBilling, countByPlan, countToday, sumQuotas } from './store.ts';

const GET = {
  ...operation('getOverview', 'usage', 'Get keys, plans, quota and open issues at a glance'),
  response: { 200: Answer(Overview), ...problems() },
};

export async function overviewRoutes(app: Api, context: Context): Promise<void> {
  app.get('/overview', { schema: GET }, async (request) => answer(request, await readOverview(context)));
}

const DAY_MS = 86_400_000;
const DRIFT_MS = 7 * DAY_MS;
/** Share from which a quota counts as almost used up. */
const NEAR_SHARE = 0.8;
const MOST_NEAR = 10;

/**
 * Five statements, three when billing is off. The three heavy ones run in parallel: more would take
 * too much of the pool.
 */
export async function readOverview(context: Context): Promise<Overview> {
  const { db, billing, keyMode, limits } = context;
  const nowMs = context.clock.now();
  const here: CountedModes = { keyMode, billingMode: billing?.mode ?? null, now: new Date(nowMs) };
  const [plans, quota, { consumers, quarantined, ...today }] = await Promise.all([
    countByPlan(db, here),
    sumQuotas(db, here, { share: NEAR_SHARE, most: MOST_NEAR }),
    countToday(db, new Date(nowMs - (nowMs % DAY_MS))),
  ]);
  const keys = sumKeys(plans);
  return {
    keys,
    consumers,
    plans: planMix(plans),
    quota: { used: quota.used, limit: quota.limit },
    today,
    nearQuota: correctByLive(quota.top, limits),
    attention: {
      ...(await readBilling(context, nowMs)),
      grace: keys.grace,
      suspendedByBilling: plans.reduce((sum, plan) => sum + plan.suspendedByBilling, 0),
      nearQuota: quota.near,
      quarantined,
    },
  };
}

async function readBilling({ db, billing }: Context, nowMs: number) {
  if (billing === null) return { deadLetters: 0, pendingEvents: 0, drift: 0, flags: 0, disputes: 0 };
  const { pending, dead } = await countUnsettled(db, billing.mode);
  return { deadLetters: dead, pendingEvents: pending, ...(await countBilling(db, billing.mode, new Date(nowMs - DRIFT_MS))) };
}
