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

/** The key mode and billing mode of this installation. */
export interface Modes {
  keyMode: KeyMode;
  billingMode: BillingMode | null;
}

/**
 * Reads the guard's view of the database. Every change that the guard sees first increments the
 * snapshot version and holds that row's lock until it commits, so a reader of version v sees every
 * change up to v. Keys of another `keyMode`, and keys of subscriptions of another `billingMode`
 * (null: billing is off), count as revoked.
 */
export function createSnapshotSource(db: Database, modes: Modes): SnapshotSource {
  return {
    since: async (held) => {
      // Every gateway polls this once a second. Usually nothing changed, and one statement is
      // enough.
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
 * The rows that the open transaction wrote, in the form that the gateway reads. They are
 * self-contained: each key comes with its entitlement, each entitlement with its plan version.
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

/**
 * Polls take milliseconds, and their connections have a limit for that; loading many keys takes
 * longer.
 */
const LONGEST_LOAD_MS = 30_000;

async function readSince(tx: Tx, held: readonly SnapshotMark[], modes: Modes): Promise<SnapshotChange> {
  await allowStatements(tx, LONGEST_LOAD_MS);
  const mark = await currentMark(tx);
  const [base] = held;
  // An unknown mark means that the database lost commits in a failover or was restored: the gateway
  // must load everything.
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

/** Rows per fetch: small enough to be parsed without delaying calls. */
const PAGE = 2_000;

/** Reads all rows of a query through a cursor, a page at a time. */
async function inPages<Row>(tx: Tx, query: SelectQueryBuilder<Tables, never, Row>, take: (row: Row) => void): Promise<void> {
  // By default the planner optimizes a cursor for its first rows; this one reads all.
  await sql`set local cursor_tuple_fraction = 1`.execute(tx);
  await sql`declare pages no scroll cursor for ${query}`.execute(tx);
  for (let more = true; more; ) {
    const { rows } = await sql<Row>`fetch ${sql.lit(PAGE)} from pages`.execute(tx);
    for (const row of rows) take(row);
    more = rows.length === PAGE;
  }
  await sql`close pages`.execute(tx);
}

/** Plan id → versions. */
type UsedPlans = Map<string, Set<number>>;

function noteUse(used: UsedPlans, { planId, planVersion }: { planId: string; planVersion: number }): void {
  const versions = used.get(planId);
  if (versions === undefined) used.set(planId, new Set([planVersion]));
  else versions.add(planVersion);
}

/**
 * Plan versions used by entitlements. An entitlement may move to a version older than the change.
 */
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

/** Entitlements that changed after a version, and those with the given ids. */
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
