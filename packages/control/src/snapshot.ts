import {
  type BillingMode,
  effectiveStatus,
  isOfMode,
  type KeyMode,
  type SnapshotChange,
  type SnapshotMark,
  type SnapshotSource,
} from '@api-factory/core';
import { type SelectQueryBuilder, type SqlBool, sql, type Transaction } from 'kysely';
import { allowStatements, type Database } from './store/database.ts';
import type { Tables } from './store/tables.ts';

type Tx = Transaction<Tables>;

/** What counts here. */
export interface Modes {
  keyMode: KeyMode;
  billingMode: BillingMode | null;
}

/**
 * Reads the guard's view of the database. A transaction that changes it takes the next version before it changes anything and
 * holds that row until its end, so whoever sees version v sees every change up to v. Keys of another mode than `keyMode`, and those of
 * subscriptions of another mode than `billingMode` (null: billing is off), are revoked here.
 */
export function createSnapshotSource(db: Database, modes: Modes): SnapshotSource {
  return {
    since: async (held) => {
      // Asked every second by every gateway; most of the time nothing changed, and one statement says so.
      const [only, ...more] = held;
      if (only !== undefined && more.length === 0 && isSame(only, await currentMark(db))) return unchanged(only);
      return db
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute((tx) => readSince(tx, held, modes));
    },
  };
}

/**
 * The rows that the open change wrote, as the gateway gets them. They can be applied on their own: the entitlement of each key and the plan
 * version of each entitlement are with them.
 */
export async function readStamped(tx: Tx, mark: SnapshotMark, modes: Modes): Promise<SnapshotChange> {
  const keys = await keysAfter(tx, mark.version - 1).execute();
  const ofKeys = [...new Set(keys.map(({ entitlementId }) => entitlementId))];
  const entitlements = (await entitlementsAfter(tx, mark.version - 1, ofKeys).execute()).map(toEntitlement);
  const used: UsedPlans = new Map();
  for (const row of entitlements) noteUse(used, row);
  const plans = await plansOf(tx, used);
  return { ...mark, complete: false, plans, entitlements, keys: keys.map((row) => toKey(row, modes)) };
}

const isSame = (a: SnapshotMark, b: SnapshotMark): boolean => a.version === b.version && a.stamp === b.stamp;

const unchanged = ({ version, stamp }: SnapshotMark): SnapshotChange => ({
  version,
  stamp,
  complete: false,
  plans: [],
  entitlements: [],
  keys: [],
});

/** A confirmation is a matter of milliseconds, and its connections have a limit for that; many keys take longer. */
const LONGEST_LOAD_MS = 30_000;

async function readSince(tx: Tx, held: readonly SnapshotMark[], modes: Modes): Promise<SnapshotChange> {
  await allowStatements(tx, LONGEST_LOAD_MS);
  const mark = await currentMark(tx);
  const [base] = held;
  // A mark that this database does not know: it lost commits in a failover, or was restored. Nothing that the gateway knows can be trusted.
  const complete = base === undefined || base.version > mark.version || !(await areKnown(tx, held));
  const after = complete ? -1 : base.version;
  const used: UsedPlans = new Map();
  const entitlements: SnapshotChange['entitlements'] = [];
  await inPages(tx, entitlementsAfter(tx, after), (row) => {
    noteUse(used, row);
    entitlements.push(toEntitlement(row));
  });
  const keys: SnapshotChange['keys'] = [];
  await inPages(tx, complete ? unrevokedKeys(tx, modes) : keysAfter(tx, after), (row) => {
    const key = toKey(row, modes);
    if (!complete || key.status !== 'revoked') keys.push(key);
  });
  return { ...mark, complete, plans: await plansOf(tx, used), entitlements, keys };
}

const currentMark = (db: Database): Promise<SnapshotMark> =>
  db.selectFrom('snapshot_version').select(['version', 'stamp']).executeTakeFirstOrThrow();

async function areKnown(tx: Tx, held: readonly SnapshotMark[]): Promise<boolean> {
  const versions = held.map(({ version }) => version);
  const stamps = held.map(({ stamp }) => stamp);
  const { rows } = await sql<{ missing: boolean }>`
    select exists (
      select from unnest(${versions}::bigint[], ${stamps}::uuid[]) as held (version, stamp)
      where not exists (select from snapshot_stamps s where s.version = held.version and s.stamp = held.stamp)
    ) as missing`.execute(tx);
  return rows[0]?.missing === false;
}

/** Rows between two waits for the database: so many are parsed and mapped without a pause that calls would feel. */
const PAGE = 2_000;

/** Reads with one plan, a page at a time. */
async function inPages<Row>(tx: Tx, query: SelectQueryBuilder<Tables, never, Row>, take: (row: Row) => void): Promise<void> {
  // The planner must not take the way to the first rows for the way to all.
  await sql`set local cursor_tuple_fraction = 1`.execute(tx);
  await sql`declare pages no scroll cursor for ${query}`.execute(tx);
  for (let more = true; more; ) {
    const { rows } = await sql<Row>`fetch ${sql.lit(PAGE)} from pages`.execute(tx);
    for (const row of rows) take(row);
    more = rows.length === PAGE;
  }
  await sql`close pages`.execute(tx);
}

/** Versions of plans by the plan's id. */
type UsedPlans = Map<string, Set<number>>;

function noteUse(used: UsedPlans, { planId, planVersion }: { planId: string; planVersion: number }): void {
  const versions = used.get(planId);
  if (versions === undefined) used.set(planId, new Set([planVersion]));
  else versions.add(planVersion);
}

/** The plan versions that entitlements use: an entitlement may move to a version that is older than the change. */
async function plansOf(tx: Tx, used: UsedPlans): Promise<SnapshotChange['plans']> {
  if (used.size === 0) return [];
  const pairs = [...used].flatMap(([id, versions]) => [...versions].map((version) => ({ id, version })));
  const [ids, versions] = [pairs.map(({ id }) => id), pairs.map(({ version }) => version)];
  return tx
    .selectFrom('plan_versions as v')
    .where(sql<SqlBool>`(v.plan_id, v.version) in (select * from unnest(${ids}::text[], ${versions}::int[]))`)
    .select(['v.plan_id as id', 'v.version', 'v.rate_limit as rateLimit', 'v.quota_limit as quotaLimit', 'v.apis'])
    .select((is) => is('v.rate_window_seconds', '*', 1000).as('rateWindowMs'))
    .execute() as Promise<SnapshotChange['plans']>;
}

/** Those that changed, and those with the given ids. */
const entitlementsAfter = (tx: Tx, after: number, ids: string[] = []) =>
  tx
    .selectFrom('entitlements')
    .where((is) => is.or([is('snapshot_version', '>', after), ...(ids.length > 0 ? [is('id', 'in', ids)] : [])]))
    .select(['id', 'consumer_id as consumerId', 'plan_id as planId', 'plan_version as planVersion', 'anchor'])
    .select('snapshot_version as snapshotVersion');

type EntitlementRow = Awaited<ReturnType<ReturnType<typeof entitlementsAfter>['executeTakeFirstOrThrow']>>;

const toEntitlement = ({ anchor, ...row }: EntitlementRow): SnapshotChange['entitlements'][number] => ({
  ...row,
  anchor: anchor.getTime(),
});

const keysAfter = (tx: Tx, after: number) =>
  tx
    .selectFrom('keys')
    .innerJoin('entitlements as e', 'e.id', 'keys.entitlement_id')
    .where('keys.snapshot_version', '>', after)
    .select([
      'keys.id',
      'keys.hash',
      'keys.entitlement_id as entitlementId',
      'keys.operator_status as operatorStatus',
      'keys.mode',
      'keys.expires_at as expiresAt',
    ])
    .select(['keys.snapshot_version as snapshotVersion', 'e.mode as billingMode', 'e.access']);

const unrevokedKeys = (tx: Tx, { keyMode }: Modes) =>
  keysAfter(tx, -1).where('keys.operator_status', '!=', 'revoked').where('keys.mode', '=', keyMode);

type KeyRow = Awaited<ReturnType<ReturnType<typeof keysAfter>['executeTakeFirstOrThrow']>>;

function toKey(
  { operatorStatus, access, mode, billingMode, expiresAt, ...row }: KeyRow,
  { keyMode, billingMode: billing }: Modes,
): SnapshotChange['keys'][number] {
  const here = { keyMode, billing: billing === null ? null : { mode: billing } };
  return {
    ...row,
    status: isOfMode({ mode, billingMode }, here) ? effectiveStatus(operatorStatus, access) : 'revoked',
    byBilling: operatorStatus === 'enabled' && access === 'suspended',
    expiresAt: expiresAt?.getTime() ?? null,
  };
}
