import type { BillingMode } from '@api-factory/core';
import type { Database } from '../../store/database.ts';

export interface StateRow {
  eventsCursor: Date | null;
  lastEventAt: Date | null;
  lastWebhookAt: Date | null;
  lastReconciledAt: Date | null;
  lastSweptAt: Date | null;
}

const NOTHING: StateRow = { eventsCursor: null, lastEventAt: null, lastWebhookAt: null, lastReconciledAt: null, lastSweptAt: null };

export async function readState(db: Database, mode: BillingMode): Promise<StateRow> {
  const row = await db
    .selectFrom('billing_state')
    .select(['events_cursor as eventsCursor', 'last_event_at as lastEventAt', 'last_webhook_at as lastWebhookAt'])
    .select(['last_reconciled_at as lastReconciledAt', 'last_swept_at as lastSweptAt'])
    .where('mode', '=', mode)
    .executeTakeFirst();
  return row ?? NOTHING;
}

export const recordRefusal = (db: Database, mode: BillingMode, { at, reason }: { at: Date; reason: string }): Promise<void> =>
  writeState(db, mode, { last_refused_at: at, last_refusal: reason });

/** All of Stripe's events up to `cursor` are stored. */
export const recordReconciled = (db: Database, mode: BillingMode, { at, cursor }: { at: Date; cursor: Date }): Promise<void> =>
  writeState(db, mode, { last_reconciled_at: at, events_cursor: cursor });

export const recordSwept = (db: Database, mode: BillingMode, at: Date): Promise<void> => writeState(db, mode, { last_swept_at: at });

async function writeState(db: Database, mode: BillingMode, fields: Record<string, Date | string>): Promise<void> {
  await db
    .insertInto('billing_state')
    .values({ mode, ...fields })
    .onConflict((conflict) => conflict.column('mode').doUpdateSet(fields))
    .execute();
}

export async function readHealth(db: Database, mode: BillingMode) {
  const state = await db
    .selectFrom('billing_state')
    .select(['last_event_at as lastEventAt', 'last_webhook_at as lastReceivedAt', 'last_refused_at as lastRefusedAt'])
    .select(['last_refusal as lastRefusal', 'last_api_version as apiVersion', 'last_swept_at as lastSweptAt'])
    .select('drift_total as driftTotal')
    .where('mode', '=', mode)
    .executeTakeFirst();
  const drift = await db
    .selectFrom('billing_drift')
    .select('at')
    .where('mode', '=', mode)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return { state: state ?? null, lastDriftAt: drift?.at ?? null };
}
