import type { Access } from '@api-factory/core';
import { createConsumer } from '../../consumers/change.ts';
import type { Context } from '../../context.ts';
import { moveEntitlement } from '../../entitlements/change.ts';
import { grantEntitlement, moveKeys, setAccess, setAnchor } from '../../entitlements/subscription.ts';
import { versionForPrice } from '../../plans/store.ts';
import { change, changeRecord, type RecordWrite, SYSTEM, type Write } from '../../transaction/change.ts';
import { type Holder, lockCustomer, releaseCustomer } from '../store/customers.ts';
import { upsertDispute } from '../store/disputes.ts';
import { settleEvents } from '../store/events.ts';
import { type Flag, raiseFlags } from '../store/flags.ts';
import type { MappedPrice } from '../store/prices.ts';
import { upsertSubscription } from '../store/subscriptions.ts';
import type { Truth } from '../stripe/truth.ts';
import type { Step, SyncPlan } from './sync-plan.ts';

/** Another took the customer over: what it finds is newer, so nothing was written. */
export class OvertakenError extends Error {
  override name = 'OvertakenError';
}

/** All that one look ends with. */
export interface Ending {
  holder: Holder;
  truth: Truth;
  plan: SyncPlan;
  prices: MappedPrice[];
  flags: Flag[];
  /** Events that were read before the truth was fetched. */
  settled: string[];
  nextLookAt: Date | null;
  at: Date;
}

/**
 * Writes a look in one transaction: the slots, the mirror, holds, flags, the settled events and the customer. A version of the snapshot is used only when
 * the guard sees a change.
 * @returns the consumer of the customer
 * @throws OvertakenError
 */
export async function writeSync(context: Context, ending: Ending): Promise<string | null> {
  if (!ending.plan.guarded) return changeRecord(context, SYSTEM, async (write) => finish(write, ending, await consumerOf(write, ending)));
  return change(context, SYSTEM, async (write) => {
    const known = await consumerOf(write, ending);
    const consumerId = known ?? (ending.plan.steps.some(({ grant }) => grant !== null) ? await addConsumer(write, ending.truth) : null);
    for (const step of ending.plan.steps) await writeSlot(write, ending, { step, consumerId });
    for (const step of ending.plan.steps) await handOver(write, ending.plan, step);
    return finish(write, ending, consumerId);
  });
}

/** Holds the customer's row until the transaction ends. */
async function consumerOf({ tx }: RecordWrite, { holder }: Ending): Promise<string | null> {
  const row = await lockCustomer(tx, holder);
  if (row === null) throw new OvertakenError('another looks at the customer');
  return row.consumerId;
}

/** Never matched with one that is there: whoever knows an e-mail address could take over its keys. */
async function addConsumer(write: Write, { customerId, name, email }: Truth): Promise<string> {
  const [givenName, givenEmail] = [plain(name, LONGEST_NAME), plain(email, LONGEST_EMAIL)];
  const consumer = await createConsumer(write, { name: givenName ?? givenEmail ?? customerId, email: givenEmail });
  return consumer.id;
}

const LONGEST_NAME = 200;
const LONGEST_EMAIL = 254;

/** Stripe takes names that ours may not be: Postgres refuses U+0000, and a line break has no place in a list. */
function plain(text: string | null, longest: number): string | null {
  const kept = (text ?? '').replace(/\p{Cc}+/gu, ' ').trim();
  return kept === '' ? null : kept.slice(0, longest);
}

async function writeSlot(
  write: Write,
  { prices, holder }: Ending,
  { step, consumerId }: { step: Step; consumerId: string | null },
): Promise<void> {
  const { row, slot, grant, access, anchor, plan } = step;
  if (slot === null) {
    if (grant === null || consumerId === null) return;
    const planVersion = await versionOf(write, prices, { planId: grant, priceId: row.price_id });
    const granted = await grantEntitlement(write, {
      consumerId,
      planId: grant,
      planVersion,
      mode: holder.mode,
      subscriptionId: row.id,
      anchor: row.anchor,
      access: row.access as Exclude<Access, 'none'>,
    });
    row.entitlement_id = granted.id;
    return;
  }
  if (plan !== null) await moveEntitlement(write, slot, plan, await versionOf(write, prices, { planId: plan, priceId: row.price_id }));
  if (access !== null) await setAccess(write, slot.id, access);
  if (anchor !== null) await setAnchor(write, slot.id, anchor);
}

/** The version that was sold at the price: an operator's later edit is for those that it names. */
async function versionOf(
  { tx }: Write,
  prices: MappedPrice[],
  { planId, priceId }: { planId: string; priceId: string | null },
): Promise<number> {
  const price = prices.find(({ id }) => id === priceId);
  const version = price ? await versionForPrice(tx, planId, price.terms) : null;
  if (version === null) throw new Error(`the plan ${planId} was deleted while its subscription was looked at`);
  return version;
}

async function handOver(write: Write, { steps }: SyncPlan, { slot, handTo }: Step): Promise<void> {
  if (slot === null || handTo === null) return;
  // A backer that ended before anybody looked has no slot, and grants nothing either.
  const to = steps.find(({ row }) => row.id === handTo)?.row.entitlement_id ?? slot.id;
  await moveKeys(write, slot.id, to);
}

async function finish({ tx }: RecordWrite, ending: Ending, consumerId: string | null): Promise<string | null> {
  const { holder, truth, plan, flags, settled, nextLookAt, at } = ending;
  const { mode, customerId } = holder;
  for (const { row } of plan.steps) await upsertSubscription(tx, row);
  for (const { disputeId, status, hold, createdAt } of plan.holds) {
    await upsertDispute(tx, { mode, id: disputeId, customer_id: customerId, status, hold, created_at: createdAt, synced_at: at });
  }
  if (plan.ours) await raiseFlags(tx, { mode, customerId, at, flags });
  await settleEvents(tx, mode, { ids: settled, at });
  const testClock = truth.testClock?.id ?? null;
  await releaseCustomer(tx, holder, { consumerId, deleted: truth.deleted, testClock, at, nextLookAt });
  return consumerId;
}
