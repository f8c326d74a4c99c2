import type { LeaseGrant, LeaseRequest } from '@api-factory/core';
import { type Database, POOL_SIZE } from '../store/database.ts';
import { isDatabaseAway } from '../store/errors.ts';
import { type GrantParts, type GrantRow, grantUnits } from './grant-store.ts';
import { closeLeases, lockForGrant } from './lease-store.ts';
import { alignPeriods } from './period-store.ts';

export interface LeaseSourceOptions {
  gatewayId: string;
  /** Of the host; see `UsageSink.open`. */
  bootId: string;
  newId: (prefix: string) => string;
}

/** A request can be overtaken by a period's end or a changed row a few times, not for ever. */
const ATTEMPTS = 8;

export interface LeaseSource {
  /** How many requests it works on at once: the connections of its pool. */
  readonly atOnce: number;
  /**
   * Gives `surrender` back, then grants between `need` and `want` units of the entitlement's present period, or 0. Exact
   * under any number of gateways: the rows are locked, and what is granted never exceeds limit − settled − leased.
   * The same `requestId` again changes nothing twice.
   * @throws Error when there is no such entitlement
   */
  acquire(request: LeaseRequest): Promise<LeaseGrant>;
  /** Whether a failure says that the database can't be reached, rather than something about one request. */
  isAway(error: Error): boolean;
  /** Gives every unspent unit of this gateway back. Only right when all of its usage is settled. */
  releaseAll(): Promise<void>;
  /** Settles what this gateway holds as spent: after its host went down, nobody knows what of it was used. */
  writeOff(): Promise<void>;
}

/**
 * Leases of one gateway, by the database's clock. A plan that becomes limited counts from what is settled then: calls of
 * its unlimited time that are not committed yet come on top.
 */
export function createLeaseSource(db: Database, { gatewayId, bootId, newId }: LeaseSourceOptions): LeaseSource {
  return {
    atOnce: POOL_SIZE,
    isAway: isDatabaseAway,
    acquire: (request) => acquire(db, { gatewayId, newId }, request),
    releaseAll: () => closeLeases(db, { gatewayId, bootId }, 'released'),
    writeOff: () => closeLeases(db, { gatewayId, bootId }, 'spent'),
  };
}

/** On one connection: a request that waits for a second one while others hold theirs would hold all of them up. */
function acquire(db: Database, { gatewayId, newId }: Omit<LeaseSourceOptions, 'bootId'>, request: LeaseRequest): Promise<LeaseGrant> {
  return db.connection().execute(async (connection) => {
    const parts = () => ({ gatewayId, request, newPeriodId: newId('per') });
    let row = await grantUnits(connection, parts());
    for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
      if (!row) throw new Error(`there is no entitlement ${request.entitlementId}`);
      if (row.done) return toGrant(row);
      if (row.due === 'align') {
        await connection.transaction().execute((tx) => alignPeriods(tx, request.entitlementId));
        row = await grantUnits(connection, parts());
      } else {
        row = await grantUnderLock(connection, row, parts());
      }
    }
    throw new Error(`the lease of ${request.entitlementId} was overtaken ${ATTEMPTS} times`);
  });
}

/** The locks come in statements of their own, so that the grant's snapshot is younger than they are. */
function grantUnderLock(db: Database, found: GrantRow, parts: GrantParts): Promise<GrantRow | undefined> {
  const { entitlementId, periodId } = parts.request;
  return db.transaction().execute(async (tx) => {
    if (found.due === 'begin') await lockForGrant(tx, { entitlementId, periodIds: [periodId] });
    else await lockForGrant(tx, { entitlementId: null, periodIds: [found.period_id, periodId] });
    return grantUnits(tx, parts);
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
