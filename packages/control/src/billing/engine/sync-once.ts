import type { Context } from '../../context.ts';
import type { Billing } from '../billing.ts';
import { type Claim, findCustomerRow } from '../store/customers.ts';
import { recordDrift } from '../store/drift.ts';
import { type OpenEvent, openEventsOf } from '../store/events.ts';
import type { Flag } from '../store/flags.ts';
import { type MappedPrice, mappedPrices } from '../store/prices.ts';
import { type Mirror, readMirror } from '../store/subscriptions.ts';
import { askStripe } from '../stripe/errors.ts';
import type { Truth } from '../stripe/truth.ts';
import { fetchTruth } from '../stripe/truth.ts';
import { leadOf } from './event-effect.ts';
import { noteCheckouts } from './refresh-checkouts.ts';
import { type Derived, deriveAccess, type Previous } from './rules.ts';
import { isEnded } from './successor.ts';
import type { SyncOptions, SyncOutcome } from './sync.ts';
import { planSync, type SyncPlan } from './sync-plan.ts';
import { writeSync } from './sync-write.ts';
import { inTime } from './with-timeout.ts';

/** With the noting of checkouts less than a lease. */
const FETCH_MS = 30_000;

/** One look at a customer that is held. */
export interface Look {
  billing: Billing;
  claim: Claim;
  /** Filled with the events that were open before the fetch, so that a failure counts on them. */
  events: OpenEvent[];
  options: SyncOptions;
}

interface Stored {
  mirror: Mirror;
  prices: MappedPrice[];
  consumerId: string | null;
  testClock: string | null;
}

/** Reads what is open, then fetches, derives and writes: in this order, so that an event which comes after the fetch stays open. */
export async function look(context: Context, { billing, claim, events, options }: Look): Promise<SyncOutcome> {
  const { db } = context;
  const { mode, customerId } = claim;
  events.push(...(await openEventsOf(db, mode, customerId)));
  const notes = await noteCheckouts(context, { claim, events, options });
  const stored = await readStored(context, claim);
  const truth = await inTime(FETCH_MS, fetch(context, { billing, events, options, stored, customerId }));
  const at = new Date(context.clock.now());
  const derived = deriveAccess(truth, previousOf(stored), { graceDays: billing.graceDays }, truth.testClock?.now ?? at);
  const plan = planSync({ mode, truth, derived, mirror: stored.mirror, consumerId: stored.consumerId, at });
  const drift = options.sweep === true && (await reportDrift(context, { claim, plan, events, consumerId: stored.consumerId, at }));
  const settled = events.filter(({ id, type }) => leadOf(type) !== 'checkout' || notes.taken.has(id)).map(({ id }) => id);
  const consumerId = await writeSync(context, {
    holder: claim,
    truth,
    plan,
    prices: stored.prices,
    flags: [...derived.flags, ...events.flatMap(flagOf)],
    settled,
    nextLookAt: earlier(notes.nextAt, inOurTime(derived, truth, at)),
    at,
  });
  return { consumerId, subscriptions: plan.steps.map(shown), changed: plan.differences.length > 0, drift, settled: settled.length };
}

const shown = ({ row }: SyncPlan['steps'][number]): SyncOutcome['subscriptions'][number] => ({
  id: row.id,
  status: row.status,
  access: row.access,
  planId: row.plan_id,
  entitlementId: row.entitlement_id,
});

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

async function readStored({ db }: Context, { mode, customerId }: Claim): Promise<Stored> {
  const [mirror, prices, row] = await Promise.all([
    readMirror(db, mode, customerId),
    mappedPrices(db, mode),
    findCustomerRow(db, mode, customerId),
  ]);
  return { mirror, prices, consumerId: row?.consumerId ?? null, testClock: row?.testClock ?? null };
}

interface Fetch {
  billing: Billing;
  events: OpenEvent[];
  options: SyncOptions;
  stored: Stored;
  customerId: string;
}

function fetch(context: Context, { billing, events, options, stored, customerId }: Fetch): Promise<Truth> {
  const named = events.filter(({ objectType }) => objectType === 'dispute').map(({ objectId }) => objectId);
  const disputes = new Set([...stored.mirror.disputes.map(({ id }) => id), ...named, ...(options.disputes ?? [])]);
  const subscriptions = stored.mirror.subscriptions.map(({ row }) => ({ id: row.id, createdAt: row.created_at, anchor: row.anchor }));
  return askStripe(context, () =>
    fetchTruth(billing.stripe, { customerId, testClock: stored.testClock, subscriptions, disputes: [...disputes] }),
  );
}

function previousOf({ mirror, prices }: Stored): Previous {
  const byPrice = new Map(prices.map(({ id, planId }) => [id, planId]));
  const byPlan = new Map(prices.map(({ planId, apis }) => [planId, apis]));
  return {
    subscriptions: new Map(
      mirror.subscriptions.map(({ row, slot }) => [
        row.id,
        {
          access: row.access,
          planId: slot?.planId ?? null,
          graceUntil: row.grace_until,
          ended: isEnded(row.status),
          backedBy: row.backed_by,
        },
      ]),
    ),
    holds: new Map(mirror.disputes.map(({ id, hold }) => [id, hold])),
    released: new Set(mirror.disputes.filter(({ released }) => released).map(({ id }) => id)),
    planOf: (priceId) => byPrice.get(priceId) ?? null,
    apisOf: (planId) => byPlan.get(planId) ?? null,
  };
}

/** A test clock's time runs apart from ours; what is due in an hour there is looked at in an hour here. */
function inOurTime({ nextChangeAt }: Derived, { testClock }: Truth, at: Date): Date | null {
  if (nextChangeAt === null) return null;
  return testClock === null ? nextChangeAt : new Date(nextChangeAt.getTime() - testClock.now.getTime() + at.getTime());
}

function flagOf({ type, objectId }: OpenEvent): Flag[] {
  if (type === 'charge.refunded') return [{ kind: 'refund', objectId, detail: 'The charge was refunded. Its subscription goes on.' }];
  if (type.startsWith('radar.early_fraud_warning.')) {
    return [
      { kind: 'fraud_warning', objectId, detail: 'Its issuer takes a payment of this customer for fraud. A refund may avert a dispute.' },
    ];
  }
  return [];
}

interface Report {
  claim: Claim;
  plan: SyncPlan;
  events: OpenEvent[];
  consumerId: string | null;
  at: Date;
}

/** What an event explains that waits, or came meanwhile, is no drift; neither is what became due by time. Written before the repair. */
async function reportDrift({ db, log }: Context, { claim, plan, events, consumerId, at }: Report): Promise<boolean> {
  const { mode, customerId, wasDue } = claim;
  const { differences } = plan;
  if (differences.length === 0 || wasDue || events.length > 0) return false;
  if ((await openEventsOf(db, mode, customerId)).length > 0) return false;
  await recordDrift(db, mode, { at, customerId, consumerId, differences });
  log.warn({ customerId, differences }, 'what was stored of a customer differed from Stripe');
  return true;
}
