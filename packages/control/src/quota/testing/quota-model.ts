import type { LeaseSource } from '@api-factory/core';
import {
  applyLease,
  type Charge,
  charge,
  emptyQuotaCell,
  type PeriodBounds,
  type PeriodLength,
  periodAt,
  planLease,
  planRenewal,
  type QuotaCell,
  refund,
} from '@api-factory/core';
import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { moveEntitlement } from '../../entitlements/change.ts';
import { grantEntitlement, setAnchor } from '../../entitlements/subscription.ts';
import type { Database } from '../../store/database.ts';
import { change, SYSTEM, type Write } from '../../transaction/change.ts';
import { settle } from '../../usage/ingest/sink-store.ts';
import { aGateway, aPlan, aRequest, newId } from '../../usage/testing/fixtures.ts';
import type { MovableDatabase } from '../../usage/testing/movable.ts';
import { createLeaseSource } from '../leases.ts';

/** A call that was admitted and not refunded. */
interface Admitted {
  at: number;
  /** Position among all calls and anchor moves: several may share a millisecond. */
  order: number;
  units: number;
  periodId: string;
  settled: boolean;
}

interface Gateway {
  id: string;
  source: LeaseSource;
  cell: QuotaCell;
  admitted: Admitted[];
}

export interface PlanLimits {
  limit: number;
  period: PeriodLength;
}

/**
 * One entitlement on a real database with its own clock, the gateways that spend its quota, and the
 * results that the rules expect.
 */
export class QuotaModel {
  now: number;
  limits: PlanLimits;
  anchor: number;
  readonly #movable: MovableDatabase;
  readonly #context: Context;
  #entitlementId = '';
  #planId = '';
  #gateways: Gateway[] = [];
  /**
   * Anchors that started a new period, and when they were set: earlier calls belong to the previous
   * period.
   */
  readonly #periodStarts: { anchor: number; order: number }[] = [];
  #sequence = 0;
  #changedAt = -1;

  private constructor(movable: MovableDatabase, context: Context, limits: PlanLimits, now: number) {
    this.#movable = movable;
    this.#context = { ...context, db: movable.db };
    this.limits = limits;
    this.now = now;
    this.anchor = now;
  }

  static async make(movable: MovableDatabase, context: Context, { limits, now }: { limits: PlanLimits; now: number }): Promise<QuotaModel> {
    const model = new QuotaModel(movable, context, limits, now);
    await model.wait(0);
    const consumerId = newId('con');
    await movable.db.insertInto('consumers').values({ id: consumerId, name: 'Ada', email: null }).execute();
    model.#planId = await aPlan(movable.db, limits);
    const given = { planVersion: 1, mode: 'sandbox', subscriptionId: newId('sub'), access: 'active', anchor: new Date(now) } as const;
    const { id } = await model.#write((write) => grantEntitlement(write, { ...given, consumerId, planId: model.#planId }));
    model.#entitlementId = id;
    model.#gateways = [await model.#gateway(), await model.#gateway()];
    return model;
  }

  get #db(): Database {
    return this.#movable.db;
  }

  #write<T>(work: (write: Write) => Promise<T>): Promise<T> {
    return change(this.#context, SYSTEM, work);
  }

  async #gateway(): Promise<Gateway> {
    const id = await aGateway(this.#db, newId('gw'));
    return { id, source: createLeaseSource(this.#db, { gatewayId: id, bootId: 'boot', newId }), cell: emptyQuotaCell(), admitted: [] };
  }

  async wait(ms: number): Promise<void> {
    this.now += ms;
    await this.#movable.setTime(new Date(this.now));
  }

  /**
   * Edits the plan for all its entitlements, or with `alone` moves one entitlement to another plan.
   */
  async replan(limits: PlanLimits, { alone }: { alone: boolean }): Promise<void> {
    const planId = await aPlan(this.#db, limits);
    const from = { id: this.#entitlementId, planId: this.#planId, planVersion: 1 };
    if (alone) await this.#write((write) => moveEntitlement(write, from, planId, 1));
    else await this.#db.updateTable('entitlements').set({ plan_id: planId }).where('id', '=', from.id).execute();
    this.#planId = planId;
    this.limits = limits;
    this.#recall();
  }

  async moveAnchor(anchor: number): Promise<void> {
    const { rows } = await sql<{ opened: Date | null }>`
      select max(coalesce(opened_at, starts_at)) as opened from quotas where entitlement_id = ${this.#entitlementId}`.execute(this.#db);
    const opened = rows[0]?.opened ?? null;
    if (!(await this.#write((write) => setAnchor(write, this.#entitlementId, new Date(anchor))))) return;
    this.anchor = anchor;
    const begins = this.window().startsAt.getTime() === anchor && (opened === null || opened.getTime() < anchor);
    if (begins) this.#periodStarts.push({ anchor, order: this.#sequence++ });
    this.#recall();
  }

  /** Every gateway receives a change before its next call. */
  #recall(): void {
    this.#changedAt = this.#sequence++;
    for (const { cell } of this.#gateways) cell.recalled = true;
  }

  /** Like the gateway: spends from the cell, and acquires leases while the cell can’t decide. */
  async call(index: number, cost: number): Promise<Exclude<Charge, 'LEASE'>> {
    const gateway = this.#at(index);
    const { cell } = gateway;
    for (;;) {
      const verdict = charge(cell, cost, this.now);
      if (verdict === 'LEASE') {
        await this.#acquire(gateway, planLease(cell, cost, cost));
        continue;
      }
      if (verdict === 'ALLOW') {
        gateway.admitted.push({ at: this.now, order: this.#sequence++, units: cost, periodId: cell.periodId, settled: false });
        const renewal = planRenewal(cell);
        if (renewal !== null) await this.#acquire(gateway, renewal);
      }
      return verdict;
    }
  }

  async #acquire({ source, cell }: Gateway, plan: ReturnType<typeof planLease>): Promise<void> {
    const lease = await source.acquire(aRequest(this.#entitlementId, { ...plan, periodId: cell.periodId }));
    applyLease(cell, lease, this.now);
  }

  /**
   * Refunds the last call, unless plan or anchor changed after it: after a lowered limit, earlier
   * units could be refunded and spent again, see core’s own model.
   */
  refund(index: number): void {
    const { cell, admitted } = this.#at(index);
    const last = admitted.at(-1);
    if (last === undefined || last.settled || last.order < this.#changedAt) return;
    admitted.pop();
    refund(cell, last.periodId, last.units);
  }

  async settle(index: number): Promise<void> {
    const { id, admitted } = this.#at(index);
    const units = new Map<string, number>();
    for (const each of admitted) {
      if (!each.settled && each.units > 0) units.set(each.periodId, (units.get(each.periodId) ?? 0) + each.units);
      each.settled = true;
    }
    const settlements = [...units].map(([periodId, spent]) => ({ periodId, units: spent }));
    const lost = await this.#db.transaction().execute((tx) => settle(tx, id, settlements));
    if (lost.length > 0) throw new Error(`${lost.length} settled periods do not exist`);
  }

  /** Ships usage, then returns unspent units, or writes them off as after a crash of the host. */
  async restart(index: number, ending: 'releaseAll' | 'writeOff'): Promise<void> {
    await this.settle(index);
    const gateway = this.#at(index);
    await gateway.source[ending]();
    gateway.cell = emptyQuotaCell();
  }

  #at(index: number): Gateway {
    return this.#gateways[index % this.#gateways.length] as Gateway;
  }

  window(): PeriodBounds {
    return periodAt(new Date(this.anchor), this.limits.period, new Date(this.now));
  }

  /**
   * Units admitted in the current window, without those before an anchor that started a new period.
   */
  admittedInWindow(): number {
    const startsAt = this.window().startsAt.getTime();
    const since = Math.max(-1, ...this.#periodStarts.filter(({ anchor }) => anchor <= startsAt).map(({ order }) => order));
    const counted = this.#gateways.flatMap(({ admitted }) => admitted).filter(({ at, order }) => at >= startsAt && order > since);
    return counted.reduce((sum, { units }) => sum + units, 0);
  }

  /** Units admitted and not refunded, and the totals in the database. */
  async totals(): Promise<{ admitted: number; settled: number; leased: number; live: { starts_at: Date; ends_at: Date }[] }> {
    const rows = await this.#db
      .selectFrom('quotas')
      .selectAll()
      .where('entitlement_id', '=', this.#entitlementId)
      .orderBy('starts_at')
      .execute();
    const admitted = this.#gateways.flatMap((gateway) => gateway.admitted).reduce((sum, { units }) => sum + units, 0);
    const sum = (name: 'settled' | 'leased') => rows.reduce((total, row) => total + row[name], 0);
    return { admitted, settled: sum('settled'), leased: sum('leased'), live: rows.filter(({ merged_into }) => merged_into === null) };
  }
}
