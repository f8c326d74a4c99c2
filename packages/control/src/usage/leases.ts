import type { Database } from '../store/database.ts';
import { beginPeriod, closeLeases, correctPeriodEnd, type GrantRow, grantUnits, lockPeriods } from './lease-store.ts';
import type { LeaseGrant, LeaseRequest } from './model.ts';
import { periodAt } from './periods.ts';

export interface LeaseSourceOptions {
  gatewayId: string;
  /** Of the host; see `UsageSink.open`. */
  bootId: string;
  newId: (prefix: string) => string;
}

/** A request can be overtaken by a period's end or a changed row a few times, not for ever. */
const ATTEMPTS = 8;

export interface LeaseSource {
  /**
   * Gives `surrender` back, then grants between `need` and `want` units of the entitlement's present period, or 0. Exact
   * under any number of gateways: the rows are locked, and what is granted never exceeds limit − settled − leased.
   * The same `requestId` again changes nothing twice.
   * @throws Error when there is no such entitlement
   */
  acquire(request: LeaseRequest): Promise<LeaseGrant>;
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
    acquire: (request) => acquire(db, { gatewayId, newId }, request),
    releaseAll: () => closeLeases(db, { gatewayId, bootId }, 'released'),
    writeOff: () => closeLeases(db, { gatewayId, bootId }, 'spent'),
  };
}

async function acquire(db: Database, { gatewayId, newId }: Omit<LeaseSourceOptions, 'bootId'>, request: LeaseRequest): Promise<LeaseGrant> {
  let row = await grantUnits(db, gatewayId, request);
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    if (!row) throw new Error(`there is no entitlement ${request.entitlementId}`);
    if (row.period_id !== null && row.fresh) return toGrant(row, await presentEnd(db, row));
    if (row.period_id === null) {
      const bounds = periodAt(row.anchor, row.quota_period, new Date(row.now_ms));
      await beginPeriod(db, { periodId: newId('per'), entitlementId: request.entitlementId, anchor: row.anchor, bounds });
      row = await grantUnits(db, gatewayId, request);
    } else {
      row = await grantUnderLock(db, { gatewayId, periodId: row.period_id }, request);
    }
  }
  throw new Error(`the lease of ${request.entitlementId} was overtaken ${ATTEMPTS} times`);
}

/** The lock comes in a statement of its own, so that the grant's snapshot is younger than the lock. */
function grantUnderLock(db: Database, held: { gatewayId: string; periodId: string }, request: LeaseRequest): Promise<GrantRow | undefined> {
  return db.transaction().execute(async (tx) => {
    await lockPeriods(tx, [held.periodId, request.periodId]);
    return grantUnits(tx, held.gatewayId, request);
  });
}

/** The end of the granted period, corrected when the plan's period has another length than at its beginning. */
async function presentEnd(db: Database, row: GrantRow): Promise<Date> {
  const { endsAt } = periodAt(row.anchor, row.quota_period, new Date(row.now_ms));
  // The statement may have waited for its lock until the period was over: then the next one begins with the next request.
  if (row.now_ms >= row.ends_at.getTime() || row.ends_at.getTime() === endsAt.getTime()) return row.ends_at;
  await correctPeriodEnd(db, row.period_id as string, endsAt);
  return endsAt;
}

function toGrant(row: GrantRow, endsAt: Date): LeaseGrant {
  const unlimited = row.quota_limit === null;
  return {
    nowMs: row.now_ms,
    periodId: row.period_id as string,
    startsAt: row.starts_at.getTime(),
    endsAt: endsAt.getTime(),
    granted: unlimited ? Number.POSITIVE_INFINITY : row.granted,
    unleased: unlimited ? Number.POSITIVE_INFINITY : row.unleased,
  };
}
