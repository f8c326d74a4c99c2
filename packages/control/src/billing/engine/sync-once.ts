import type { Access } from '@api-factory/core';
import type { Context } from '../../context.ts';
import type { Billing } from '../billing.ts';
import { type AcquiredLease, findCustomerRow } from '../store/customers.ts';
import { recordDrift } from '../store/drift.ts';
import { type UnsettledEvent, unsettledEventsOf } from '../store/events.ts';
import { type MappedPrice, mappedPrices } from '../store/prices.ts';
import { type Mirror, readMirror } from '../store/subscriptions.ts';
import { askStripe } from '../stripe/errors.ts';
import type { Truth } from '../stripe/truth.ts';
import { fetchTruth } from '../stripe/truth.ts';
import { effectOf, flagOf } from './event-effect.ts';
import { refreshCheckouts } from './refresh-checkouts.ts';
import { type Derived, deriveAccess, type Previous } from './rules.ts';
import { isEnded } from './successor.ts';
import { planSync, type SyncPlan } from './sync-plan.ts';
import { writeSync } from './sync-write.ts';
import { withTimeout } from './with-timeout.ts';

/** Together with the refresh of checkouts this stays below the lease. */
const FETCH_MS = 30_000;

/** The result of syncing a customer. */
export interface SyncOutcome {
  /** null until the customer has bought something here. */
  consumerId: string | null;
  subscriptions: { id: string; status: string; access: Access; planId: string | null; entitlementId: string | null }[];
  /** Whether the stored state changed. */
  changed: boolean;
  /** Whether a sweep recorded the change as drift. */
  drift: boolean;
  /** Number of events that it settled. */
  settled: number;
}

export interface SyncOptions {
  /**
   * Default false: events of checkouts stay pending for the worker, which refreshes the checkouts.
   */
  checkouts?: boolean;
  /** Disputes to fetch in addition to those on record. */
  disputes?: string[];
  /** Records a difference that no event explains as drift before correcting it. */
  sweep?: boolean;
  /** Called with the number of events that exhausted their retries. */
  onDead?: (count: number) => void;
}

/** A sync of a customer whose lease is held. */
export interface SyncAttempt {
  billing: Billing;
  lease: AcquiredLease;
  /** Filled with the events that were unsettled before the fetch; a failure counts against them. */
  events: UnsettledEvent[];
  options: SyncOptions;
}

interface Stored {
  mirror: Mirror;
  prices: MappedPrice[];
  consumerId: string | null;
  testClock: string | null;
}

/**
 * Reads the unsettled events, then fetches, derives and writes. The order matters: an event that
 * arrives after the fetch stays unsettled.
 */
export async function syncOnce(context: Context, { billing, lease, events, options }: SyncAttempt): Promise<SyncOutcome> {
  const { db } = context;
  const { mode, customerId } = lease;
  events.push(...(await unsettledEventsOf(db, mode, customerId)));
  const { checkouts: refresh = false, onDead } = options;
  const checkouts = await refreshCheckouts(context, { mode, events, refresh, onDead });
  const stored = await readStored(context, lease);
  const truth = await withTimeout(FETCH_MS, fetch(context, { billing, events, options, stored, customerId }));
  const at = new Date(context.clock.now());
  const derived = deriveAccess(truth, previousOf(stored), { graceDays: billing.graceDays }, truth.testClock?.now ?? at);
  const plan = planSync({ mode, truth, derived, mirror: stored.mirror, consumerId: stored.consumerId, at });
  const drift = options.sweep === true && (await reportDrift(context, { lease, plan, events, consumerId: stored.consumerId, at }));
  const settled = events.filter(({ id, type }) => effectOf(type) !== 'checkout' || checkouts.settled.has(id)).map(({ id }) => id);
  const consumerId = await writeSync(context, {
    lease,
    truth,
    plan,
    prices: stored.prices,
    flags: [...derived.flags, ...events.flatMap((event) => flagOf(event) ?? [])],
    settled,
    nextSyncAt: earlier(checkouts.nextAt, toServerTime(derived, truth, at)),
    at,
  });
  return { consumerId, subscriptions: plan.steps.map(summaryOf), changed: plan.differences.length > 0, drift, settled: settled.length };
}

const summaryOf = ({ row }: SyncPlan['steps'][number]): SyncOutcome['subscriptions'][number] => ({
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

async function readStored({ db }: Context, { mode, customerId }: AcquiredLease): Promise<Stored> {
  const [mirror, prices, row] = await Promise.all([
    readMirror(db, mode, customerId),
    mappedPrices(db, mode),
    findCustomerRow(db, mode, customerId),
  ]);
  return { mirror, prices, consumerId: row?.consumerId ?? null, testClock: row?.testClock ?? null };
}

interface Fetch {
  billing: Billing;
  events: UnsettledEvent[];
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
      mirror.subscriptions.map(({ row, entitlement }) => [
        row.id,
        {
          access: row.access,
          planId: entitlement?.planId ?? null,
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

/**
 * A test clock has its own time: a change that is due in an hour there is synced in an hour here.
 */
function toServerTime({ nextChangeAt }: Derived, { testClock }: Truth, at: Date): Date | null {
  if (nextChangeAt === null) return null;
  return testClock === null ? nextChangeAt : new Date(nextChangeAt.getTime() - testClock.now.getTime() + at.getTime());
}

interface DriftCheck {
  lease: AcquiredLease;
  plan: SyncPlan;
  events: UnsettledEvent[];
  consumerId: string | null;
  at: Date;
}

/**
 * A difference is drift unless an unsettled event, also one that arrived meanwhile, or a due sync
 * explains it. Recorded before it is corrected.
 */
async function reportDrift({ db, log }: Context, { lease, plan, events, consumerId, at }: DriftCheck): Promise<boolean> {
  const { mode, customerId, wasDue } = lease;
  const { differences } = plan;
  if (differences.length === 0 || wasDue || events.length > 0) return false;
  if ((await unsettledEventsOf(db, mode, customerId)).length > 0) return false;
  await recordDrift(db, mode, { at, customerId, consumerId, differences });
  log.warn({ customerId, differences }, 'stored state of a customer differed from Stripe');
  return true;
}
