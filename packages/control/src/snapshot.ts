import type { KeyMode } from '@api-factory/core';
import type { Transaction } from 'kysely';
import type { BillingMode } from './billing/model.ts';
import { isOfMode, standingOf } from './keys/rules.ts';
import { allowStatements, type Database } from './store/database.ts';
import type { Tables } from './store/tables.ts';

type Tx = Transaction<Tables>;

/** What the guard sees of the database, or of what changed in it. The gateway states the same shape in its `ports.ts`. */
export interface SnapshotChange {
  version: number;
  complete: boolean;
  plans: {
    id: string;
    version: number;
    rateLimit: number | null;
    rateWindowMs: number;
    quotaLimit: number | null;
    apis: string[] | null;
  }[];
  /** Quota periods are counted from `anchor`, epoch ms. */
  entitlements: { id: string; consumerId: string | null; planId: string; planVersion: number; anchor: number }[];
  keys: {
    id: string;
    hash: string;
    entitlementId: string;
    /** The worse of the operator's word and the access. */
    status: 'enabled' | 'suspended' | 'revoked';
    /** Suspended by the access, not by the operator's word: the consumer can mend it. */
    byBilling: boolean;
    /** Epoch ms. */
    expiresAt: number | null;
  }[];
}

/** What counts here. */
export interface Modes {
  keyMode: KeyMode;
  billingMode: BillingMode | null;
}

export interface SnapshotSource {
  /** What changed after `version`; everything when `version` is null or not one of this database. */
  since(version: number | null): Promise<SnapshotChange>;
}

/**
 * Reads the guard's view of the database. A transaction that changes it takes the next version before it changes anything and
 * holds that row until its end, so whoever sees version v sees every change up to v. Keys of another mode than `keyMode`, and those of
 * subscriptions of another mode than `billingMode` (null: billing is off), are revoked here.
 */
export function createSnapshotSource(db: Database, modes: Modes): SnapshotSource {
  return {
    since: async (version) => {
      // Asked every second by every gateway; most of the time nothing changed, and one statement says so.
      if (version !== null && version === (await currentVersion(db))) return unchanged(version);
      return db
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute((tx) => read(tx, version, modes));
    },
  };
}

/** A confirmation is a matter of milliseconds, and its connections have a limit for that; many keys take longer. */
const LONGEST_LOAD_MS = 30_000;

const unchanged = (version: number): SnapshotChange => ({ version, complete: false, plans: [], entitlements: [], keys: [] });

async function read(tx: Tx, asked: number | null, modes: Modes): Promise<SnapshotChange> {
  await allowStatements(tx, LONGEST_LOAD_MS);
  const version = await currentVersion(tx);
  // A version that the database has not reached: it was restored from a back-up. Nothing that the gateway knows can be trusted.
  const complete = asked === null || asked > version;
  const after = complete ? -1 : asked;
  return {
    version,
    complete,
    plans: await plansOf(tx, after),
    entitlements: await entitlementsAfter(tx, after),
    keys: await keysAfter(tx, { after, complete, modes }),
  };
}

async function currentVersion(db: Database): Promise<number> {
  return (await db.selectFrom('snapshot_version').select('version').executeTakeFirstOrThrow()).version;
}

/** The plan versions that the given entitlements use: an entitlement may move to a version that is older than the change. */
function plansOf(tx: Tx, after: number): Promise<SnapshotChange['plans']> {
  return tx
    .selectFrom('plan_versions as v')
    .where((is) =>
      is.exists(
        is
          .selectFrom('entitlements as e')
          .select('e.id')
          .whereRef('e.plan_id', '=', 'v.plan_id')
          .whereRef('e.plan_version', '=', 'v.version')
          .where('e.snapshot_version', '>', after),
      ),
    )
    .select(['v.plan_id as id', 'v.version', 'v.rate_limit as rateLimit', 'v.quota_limit as quotaLimit', 'v.apis'])
    .select((is) => is('v.rate_window_seconds', '*', 1000).as('rateWindowMs'))
    .execute() as Promise<SnapshotChange['plans']>;
}

async function entitlementsAfter(tx: Tx, after: number): Promise<SnapshotChange['entitlements']> {
  const rows = await tx
    .selectFrom('entitlements')
    .where('snapshot_version', '>', after)
    .select(['id', 'consumer_id as consumerId', 'plan_id as planId', 'plan_version as planVersion', 'anchor'])
    .execute();
  return rows.map(({ anchor, ...row }) => ({ ...row, anchor: anchor.getTime() }));
}

interface KeyRange {
  after: number;
  complete: boolean;
  modes: Modes;
}

async function keysAfter(tx: Tx, { after, complete, modes }: KeyRange): Promise<SnapshotChange['keys']> {
  const here = { keyMode: modes.keyMode, billing: modes.billingMode === null ? null : { mode: modes.billingMode } };
  const rows = await tx
    .selectFrom('keys')
    .innerJoin('entitlements as e', 'e.id', 'keys.entitlement_id')
    .where('keys.snapshot_version', '>', after)
    .$if(complete, (query) => query.where('keys.word', '!=', 'revoked').where('keys.mode', '=', modes.keyMode))
    .select(['keys.id', 'keys.hash', 'keys.entitlement_id as entitlementId', 'keys.word', 'keys.mode', 'keys.expires_at as expiresAt'])
    .select(['e.mode as billingMode', 'e.access'])
    .execute();
  const known = rows.map(({ word, access, mode, billingMode, expiresAt, ...row }) => ({
    ...row,
    status: isOfMode({ mode, billingMode }, here) ? standingOf(word, access) : ('revoked' as const),
    byBilling: word === 'enabled' && access === 'suspended',
    expiresAt: expiresAt?.getTime() ?? null,
  }));
  return complete ? known.filter(({ status }) => status !== 'revoked') : known;
}
