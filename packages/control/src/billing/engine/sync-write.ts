import type { Access } from '@api-factory/core';
import { createConsumer } from '../../consumers/change.ts';
import type { Context } from '../../context.ts';
import { moveEntitlement } from '../../entitlements/change.ts';
import { grantEntitlement, moveKeys, setAccess, setAnchor } from '../../entitlements/subscription.ts';
import { versionForPrice } from '../../plans/store.ts';
import { change, changeRecord, type RecordWrite, SYSTEM, type Write } from '../../transaction/change.ts';
import { type CustomerLease, lockCustomer, releaseCustomer } from '../store/customers.ts';
import { upsertDispute } from '../store/disputes.ts';
import { settleEvents } from '../store/events.ts';
import { type Flag, raiseFlags } from '../store/flags.ts';
import type { MappedPrice } from '../store/prices.ts';
import { upsertSubscription } from '../store/subscriptions.ts';
import type { Truth } from '../stripe/truth.ts';
import type { Step, SyncPlan } from './sync-plan.ts';

/** The lease was lost to another sync, whose data is newer; nothing was written. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError';
}

/** Everything that one sync writes. */
export interface SyncResult {
  lease: CustomerLease;
  truth: Truth;
  plan: SyncPlan;
  prices: MappedPrice[];
  flags: Flag[];
  /** Ids of events that were read before the fetch. */
  settled: string[];
  nextSyncAt: Date | null;
  at: Date;
}

/**
 * Writes a sync in one transaction: entitlements, subscriptions, disputes, flags, settled events
 * and the customer. The snapshot version changes only when the guard's data does.
 * @returns the consumer of the customer
 * @throws LeaseLostError
 */
export async function writeSync(context: Context, result: SyncResult): Promise<string | null> {
  if (!result.plan.changesSnapshot)
    return changeRecord(context, SYSTEM, async (write) => finish(write, result, await consumerOf(write, result)));
  return change(context, SYSTEM, async (write) => {
    const known = await consumerOf(write, result);
    const consumerId = known ?? (result.plan.steps.some(({ grant }) => grant !== null) ? await addConsumer(write, result.truth) : null);
    for (const step of result.plan.steps) await writeEntitlement(write, result, { step, consumerId });
    for (const step of result.plan.steps) await moveStepKeys(write, result.plan, step);
    return finish(write, result, consumerId);
  });
}

/** Locks the customer's row until the transaction ends. */
async function consumerOf({ tx }: RecordWrite, { lease }: SyncResult): Promise<string | null> {
  const row = await lockCustomer(tx, lease);
  if (row === null) throw new LeaseLostError('another sync holds the customer');
  return row.consumerId;
}

/**
 * Never matched with an existing consumer: anyone who knows an email address could take over its
 * keys.
 */
async function addConsumer(write: Write, { customerId, name, email }: Truth): Promise<string> {
  const [givenName, givenEmail] = [plain(name, MAX_NAME_LENGTH), plain(email, MAX_EMAIL_LENGTH)];
  const consumer = await createConsumer(write, { name: givenName ?? givenEmail ?? customerId, email: givenEmail });
  return consumer.id;
}

const MAX_NAME_LENGTH = 200;
const MAX_EMAIL_LENGTH = 254;

/** Cleans a name from Stripe: Postgres rejects U+0000, and line breaks would break lists. */
function plain(text: string | null, longest: number): string | null {
  const cleaned = (text ?? '').replace(/\p{Cc}+/gu, ' ').trim();
  return cleaned === '' ? null : cleaned.slice(0, longest);
}

async function writeEntitlement(
  write: Write,
  { prices, lease }: SyncResult,
  { step, consumerId }: { step: Step; consumerId: string | null },
): Promise<void> {
  const { row, entitlement, grant, access, anchor, plan } = step;
  if (entitlement === null) {
    if (grant === null || consumerId === null) return;
    const planVersion = await versionOf(write, prices, { planId: grant, priceId: row.price_id });
    const granted = await grantEntitlement(write, {
      consumerId,
      planId: grant,
      planVersion,
      mode: lease.mode,
      subscriptionId: row.id,
      anchor: row.anchor,
      access: row.access as Exclude<Access, 'none'>,
    });
    row.entitlement_id = granted.id;
    return;
  }
  if (plan !== null)
    await moveEntitlement(write, entitlement, plan, await versionOf(write, prices, { planId: plan, priceId: row.price_id }));
  if (access !== null) await setAccess(write, entitlement.id, access);
  if (anchor !== null) await setAnchor(write, entitlement.id, anchor);
}

/** The plan version that was sold at the price; a later edit moves subscriptions itself. */
async function versionOf(
  { tx }: Write,
  prices: MappedPrice[],
  { planId, priceId }: { planId: string; priceId: string | null },
): Promise<number> {
  const price = prices.find(({ id }) => id === priceId);
  const version = price ? await versionForPrice(tx, planId, price.terms) : null;
  if (version === null) throw new Error(`the plan ${planId} was deleted while its subscription was synced`);
  return version;
}

async function moveStepKeys(write: Write, { steps }: SyncPlan, { entitlement, moveKeysTo }: Step): Promise<void> {
  if (entitlement === null || moveKeysTo === null) return;
  // A successor that ended before its first sync has no entitlement, and grants nothing either.
  const to = steps.find(({ row }) => row.id === moveKeysTo)?.row.entitlement_id ?? entitlement.id;
  await moveKeys(write, entitlement.id, to);
}

async function finish({ tx }: RecordWrite, result: SyncResult, consumerId: string | null): Promise<string | null> {
  const { lease, truth, plan, flags, settled, nextSyncAt, at } = result;
  const { mode, customerId } = lease;
  for (const { row } of plan.steps) await upsertSubscription(tx, row);
  for (const { disputeId, status, hold, createdAt } of plan.holds) {
    await upsertDispute(tx, { mode, id: disputeId, customer_id: customerId, status, hold, created_at: createdAt, synced_at: at });
  }
  if (plan.tracked) await raiseFlags(tx, { mode, customerId, at, flags });
  await settleEvents(tx, mode, { ids: settled, at });
  const testClock = truth.testClock?.id ?? null;
  await releaseCustomer(tx, lease, { consumerId, deleted: truth.deleted, testClock, at, nextSyncAt });
  return consumerId;
}
