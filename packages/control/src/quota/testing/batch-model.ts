import type { LeaseGrant, LeaseRequest, LeaseSource } from '@api-factory/core';
import { sql } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { FreshDatabase } from '../../testing/database.ts';
import { holdLock } from '../../testing/held-lock.ts';
import { aGateway, anEntitlement, aRequest, movePlan, newId } from '../../usage/testing/fixtures.ts';
import { createLeaseSource } from '../leases.ts';

/** How a round of requests ends: answered, answered but not received, or with a dead connection. */
export type Fate = 'answered' | 'lost' | 'killed';

/** What one gateway knows of one entitlement. */
interface Cell {
  entitlementId: string;
  periodId: string;
  /** Units that it could surrender. */
  held: number;
  /** A request whose answer was lost, to be sent again, and the answer that the database gave. */
  unanswered: { request: LeaseRequest; grant: LeaseGrant | null } | null;
}

interface Gateway {
  id: string;
  source: LeaseSource;
  cells: Map<string, Cell>;
  /** Units that `leases` must hold, by period. */
  expected: Map<string, number>;
}

/** Many entitlements, and two gateways that request leases for all of them at once. */
export class BatchModel {
  readonly limits = new Map<string, number>();
  readonly #fresh: FreshDatabase;
  /** Configured like the product's pool for leases. */
  readonly #leases: Database;
  #gateways: Gateway[] = [];

  private constructor(fresh: FreshDatabase, leases: Database) {
    this.#fresh = fresh;
    this.#leases = leases;
  }

  static async make(fresh: FreshDatabase, leases: Database, limits: readonly number[]): Promise<BatchModel> {
    const model = new BatchModel(fresh, leases);
    for (const limit of limits) model.limits.set(await anEntitlement(fresh.db, { limit }), limit);
    model.#gateways = await Promise.all([model.#gateway(), model.#gateway()]);
    return model;
  }

  async #gateway(): Promise<Gateway> {
    const id = await aGateway(this.#fresh.db, newId('gw'));
    const cells = [...this.limits.keys()].map((entitlementId): [string, Cell] => [
      entitlementId,
      { entitlementId, periodId: '', held: 0, unanswered: null },
    ]);
    const source = createLeaseSource(this.#leases, { gatewayId: id, bootId: 'boot', newId });
    return { id, source, cells: new Map(cells), expected: new Map() };
  }

  #at(index: number): Gateway {
    return this.#gateways[index % this.#gateways.length] as Gateway;
  }

  /** Every cell requests `want` units, and surrenders up to `surrender`, in the same tick. */
  async round(index: number, { want, surrender, fate }: { want: number; surrender: number; fate: Fate }): Promise<void> {
    const gateway = this.#at(index);
    const requests = [...gateway.cells.values()].map((cell) => ({ cell, request: this.#plan(cell, want, surrender) }));
    const acquire = () => Promise.allSettled(requests.map(({ request }) => gateway.source.acquire(request)));
    const answers = fate === 'killed' ? this.#killedDuring(acquire) : acquire();
    for (const [at, answer] of (await answers).entries()) {
      const { cell, request } = requests[at] as (typeof requests)[number];
      const grant = answer.status === 'fulfilled' ? answer.value : null;
      if (grant === null || fate === 'lost') this.#lose(gateway, cell, request, grant);
      else this.#apply(gateway, cell, request, grant);
    }
  }

  /** Terminates the sessions that are about to write leases, which rolls back what they did. */
  async #killedDuring<T>(work: () => Promise<T>): Promise<T> {
    const lock = await holdLock(this.#fresh, 'lock table leases in exclusive mode');
    let ended = false;
    const result = work().finally(() => (ended = true));
    for (let killed = 0; !ended && killed === 0; ) {
      const { rows } = await sql`
select pg_terminate_backend(pid) from pg_locks where not granted and relation = 'leases'::regclass`.execute(this.#fresh.db);
      killed = rows.length;
    }
    await lock.release();
    return result;
  }

  #plan(cell: Cell, want: number, surrender: number): LeaseRequest {
    if (cell.unanswered) return cell.unanswered.request;
    const given = Math.min(surrender, cell.held);
    cell.held -= given;
    return aRequest(cell.entitlementId, { periodId: cell.periodId, need: 1, want, surrender: given });
  }

  /** The first answer counts: a repetition in the same period must change nothing. */
  #lose(gateway: Gateway, cell: Cell, request: LeaseRequest, grant: LeaseGrant | null): void {
    if (grant !== null) this.#book(gateway, cell, request, grant);
    cell.unanswered = { request, grant: grant ?? cell.unanswered?.grant ?? null };
  }

  #apply(gateway: Gateway, cell: Cell, request: LeaseRequest, grant: LeaseGrant): void {
    this.#book(gateway, cell, request, grant);
    cell.held = grant.granted + (cell.periodId === grant.periodId ? cell.held : 0);
    cell.periodId = grant.periodId;
    cell.unanswered = null;
  }

  #book({ expected }: Gateway, { unanswered }: Cell, request: LeaseRequest, grant: LeaseGrant): void {
    const add = (periodId: string, units: number) => expected.set(periodId, (expected.get(periodId) ?? 0) + units);
    // A request that changed nothing is not recorded, and starts afresh.
    const first = unanswered?.grant && (unanswered.grant.granted > 0 || request.surrender > 0) ? unanswered.grant : null;
    if (first === null && expected.has(request.periodId)) add(request.periodId, -request.surrender);
    if (first?.periodId !== grant.periodId) add(grant.periodId, grant.granted);
  }

  async setLimit(entitlementId: string, limit: number): Promise<void> {
    await movePlan(this.#fresh.db, entitlementId, { limit });
    this.limits.set(entitlementId, limit);
  }

  /** Moves the current period of an entitlement into the past. */
  async endPeriod(entitlementId: string): Promise<void> {
    await sql`
update quotas set starts_at = starts_at - interval '100 days', ends_at = ends_at - interval '100 days' where entitlement_id = ${entitlementId}`.execute(
      this.#fresh.db,
    );
  }

  /** What the gateways hold by their answers, and what the database says that they hold. */
  async books(): Promise<{ expected: Record<string, number>; stored: Record<string, number> }> {
    const expected = Object.fromEntries(
      this.#gateways.flatMap(({ id, expected: units }) => [...units].map(([periodId, count]) => [`${id} ${periodId}`, count] as const)),
    );
    const { rows } = await sql<{ at: string; units: number }>`
select gateway_id || ' ' || period_id as at, units::int from leases where gateway_id = any(${this.#gateways.map(({ id }) => id)})`.execute(
      this.#fresh.db,
    );
    const stored = Object.fromEntries(rows.map(({ at, units }) => [at, units]));
    // A period without a grant has no lease.
    return { expected: nonZero(expected), stored: nonZero(stored) };
  }

  /** The most that both gateways hold of a current period beyond its limit. */
  async excess(): Promise<{ entitlementId: string; leased: number; sum: number; limit: number }[]> {
    const { rows } = await sql<{ entitlementId: string; leased: number; sum: number }>`
select q.entitlement_id as "entitlementId", q.leased::int, coalesce((select sum(units) from leases l where l.period_id = q.period_id), 0)::int as sum
from quotas q where q.entitlement_id = any(${[...this.limits.keys()]}) and q.ends_at > now()`.execute(this.#fresh.db);
    return rows
      .map((row) => ({ ...row, limit: this.limits.get(row.entitlementId) as number }))
      .filter(({ leased, sum, limit }) => leased !== sum || leased > limit);
  }
}

const nonZero = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, units]) => units !== 0));
