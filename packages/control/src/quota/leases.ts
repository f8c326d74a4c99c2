import type { LeaseGrant, LeaseSource } from '@api-factory/core';
import { type Database, POOL_SIZE } from '../store/database.ts';
import { isDatabaseAway } from '../store/errors.ts';
import { GrantBatches, LARGEST_BATCH } from './grant-batches.ts';
import { type GrantParts, type GrantRow, grantMany, grantOne } from './grant-store.ts';
import { closeLeases, lockForGrant } from './lease-store.ts';
import { alignPeriods } from './period-store.ts';

export interface LeaseSourceOptions {
  gatewayId: string;
  /** Of the host, see `UsageSink.open`. */
  bootId: string;
  newId: (prefix: string) => string;
}

/** A period’s end or a changed row can interrupt a request a few times, not forever. */
const ATTEMPTS = 8;

/**
 * Leases of one gateway, on the database’s clock. When an unlimited plan becomes limited,
 * uncommitted calls of the unlimited time come on top of the limit.
 */
export function createLeaseSource(db: Database, { gatewayId, bootId, newId }: LeaseSourceOptions): LeaseSource {
  const parts = { gatewayId, newPeriodId: () => newId('per') };
  const batches = new GrantBatches({
    connections: POOL_SIZE,
    grantOne: (request) => acquireOne(db, { ...parts, request }),
    grantMany: (requests) => acquireMany(db, { ...parts, requests }),
    isAway: isDatabaseAway,
  });
  return {
    atOnce: POOL_SIZE * LARGEST_BATCH,
    isAway: isDatabaseAway,
    acquire: (request) => batches.acquire(request),
    releaseAll: () => closeLeases(db, { gatewayId, bootId }, 'released'),
    writeOff: () => closeLeases(db, { gatewayId, bootId }, 'spent'),
  };
}

async function acquireMany(db: Database, parts: GrantParts): Promise<(LeaseGrant | null)[]> {
  const rows = new Map((await grantMany(db, parts)).map((row) => [row.entitlement_id, row]));
  return parts.requests.map(({ entitlementId }) => {
    const row = rows.get(entitlementId);
    return row?.done ? toGrant(row) : null;
  });
}

type OneGrant = Parameters<typeof grantOne>[1];

/**
 * On one connection: if each request waited for a second one while holding its first, all could
 * block.
 */
function acquireOne(db: Database, parts: OneGrant): Promise<LeaseGrant> {
  const { entitlementId } = parts.request;
  return db.connection().execute(async (connection) => {
    let row = await grantOne(connection, parts);
    for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
      if (!row) throw new Error(`entitlement ${entitlementId} does not exist`);
      if (row.done) return toGrant(row);
      if (row.due === 'align') {
        await connection.transaction().execute((tx) => alignPeriods(tx, entitlementId));
        row = await grantOne(connection, parts);
      } else {
        row = await grantUnderLock(connection, row, parts);
      }
    }
    throw new Error(`the lease of ${entitlementId} was interrupted by other changes ${ATTEMPTS} times`);
  });
}

/** The locks are taken by separate statements, so that the grant’s snapshot is younger. */
function grantUnderLock(db: Database, found: GrantRow, parts: OneGrant): Promise<GrantRow | undefined> {
  const { entitlementId, periodId } = parts.request;
  return db.transaction().execute(async (tx) => {
    if (found.due === 'begin') await lockForGrant(tx, { entitlementId, periodIds: [periodId] });
    else await lockForGrant(tx, { entitlementId: null, periodIds: [found.period_id, periodId] });
    return grantOne(tx, parts);
  });
}

function toGrant(row: GrantRow): LeaseGrant {
  const unlimited = row.quota_limit === null;
  return {
    nowMs: row.now_ms,
    periodId: row.period_id,
    startsAt: row.starts_at.getTime(),
    endsAt: row.ends_at.getTime(),
    granted: unlimited ? Number.POSITIVE_INFINITY : row.granted,
    unleased: unlimited ? Number.POSITIVE_INFINITY : row.unleased,
  };
}
