import fc from 'fast-check';
import { expect, test } from 'vitest';
import { charge, refund } from './charge.ts';
import { emptyQuotaCell, type QuotaCell } from './model.ts';
import { applyLease, DENIAL_MS, type Lease, type LeasePlan, planLease, planRenewal } from './quota.ts';

/**
 * A model of gateways that spend one entitlement's quota, against a database with a few numbers per
 * period: any interleaving of charges, refunds, requests, responses, settlements, delays, new
 * periods and changed limits.
 */

const PERIOD_MS = 50_000;

interface Period {
  settled: number;
  leased: number;
  spent: number;
  /** The limit, or what had been spent when it was lowered. */
  ceiling: number;
}

interface Flight {
  plan: LeasePlan;
  periodId: string;
  answer: Lease | null;
}

interface Gateway {
  cell: QuotaCell;
  flight: Flight | null;
}

type Step =
  | { do: 'charge'; gateway: number; cost: number }
  | { do: 'renew' | 'answer' | 'apply' | 'settle' | 'refund'; gateway: number }
  | { do: 'wait'; ms: number }
  | { do: 'limit'; limit: number };

class Model {
  now = 0;
  limit: number;
  readonly gateways: Gateway[];
  readonly periods = new Map<string, Period>();
  /** Charges that are neither refunded nor settled yet. */
  readonly open: { gateway: number; periodId: string; cost: number }[] = [];

  constructor(limit: number, gateways: number) {
    this.limit = limit;
    this.gateways = Array.from({ length: gateways }, () => ({ cell: emptyQuotaCell(), flight: null }));
  }

  period(id: string): Period {
    const known = this.periods.get(id);
    if (known) return known;
    const created = { settled: 0, leased: 0, spent: 0, ceiling: this.limit };
    this.periods.set(id, created);
    return created;
  }

  currentId(): string {
    return `period_${Math.floor(this.now / PERIOD_MS)}`;
  }

  gateway(index: number): Gateway {
    return this.gateways[index % this.gateways.length] as Gateway;
  }

  run(step: Step): void {
    if (step.do === 'charge') this.charge(step.gateway, step.cost);
    else if (step.do === 'renew') this.renew(this.gateway(step.gateway));
    else if (step.do === 'answer') this.answer(this.gateway(step.gateway));
    else if (step.do === 'apply') this.apply(this.gateway(step.gateway));
    else if (step.do === 'settle') this.settle();
    else if (step.do === 'refund') this.refund();
    else if (step.do === 'wait') this.now += step.ms;
    else if (step.do === 'limit') this.changeLimit(step.limit);
  }

  charge(index: number, cost: number): string {
    const gateway = this.gateway(index);
    const verdict = charge(gateway.cell, cost, this.now);
    if (verdict === 'ALLOW') {
      this.period(gateway.cell.periodId).spent += cost;
      this.open.push({ gateway: index, periodId: gateway.cell.periodId, cost });
    }
    if (verdict === 'LEASE' && !gateway.flight) {
      const { periodId } = gateway.cell;
      gateway.flight = { plan: planLease(gateway.cell, cost, cost), periodId, answer: null };
    }
    return verdict;
  }

  renew(gateway: Gateway): void {
    if (gateway.flight || gateway.cell.recalled) return;
    const plan = planRenewal(gateway.cell);
    if (plan) gateway.flight = { plan, periodId: gateway.cell.periodId, answer: null };
  }

  /** Models the database's guarded statement. */
  answer({ flight }: Gateway): void {
    if (!flight || flight.answer) return;
    const { need, want, surrender } = flight.plan;
    if (surrender > 0) this.period(flight.periodId).leased -= surrender;
    const periodId = this.currentId();
    const row = this.period(periodId);
    const left = this.limit - row.settled - row.leased;
    const granted = left >= need && left > 0 ? Math.min(want, left) : 0;
    row.leased += granted;
    const startsAt = Math.floor(this.now / PERIOD_MS) * PERIOD_MS;
    flight.answer = { periodId, startsAt, endsAt: startsAt + PERIOD_MS, granted, unleased: Math.max(0, left - granted) };
  }

  apply(gateway: Gateway): void {
    if (!gateway.flight?.answer) return;
    applyLease(gateway.cell, gateway.flight.answer, this.now);
    gateway.flight = null;
  }

  settle(): void {
    const done = this.open.shift();
    if (!done) return;
    const row = this.period(done.periodId);
    row.settled += done.cost;
    row.leased -= done.cost;
  }

  refund(): void {
    const last = this.open.pop();
    if (!last) return;
    refund(this.gateway(last.gateway).cell, last.periodId, last.cost);
    this.period(last.periodId).spent -= last.cost;
  }

  changeLimit(limit: number): void {
    this.limit = limit;
    const row = this.period(this.currentId());
    row.ceiling = Math.max(limit, row.spent);
    for (const { cell } of this.gateways) cell.recalled = true;
  }

  /** Runs after each step, so it compares without `expect`, which would take most of the time. */
  check(): void {
    for (const [id, row] of this.periods) {
      if (row.spent > row.ceiling || row.leased < 0 || row.settled > row.spent) expect.fail(`${id}: ${JSON.stringify(row)}`);
    }
  }

  /**
   * Makes calls of cost 1 on every gateway until two rounds, each after the denials expired, get
   * nothing.
   */
  drain(): void {
    for (let idle = 0; idle < 2; ) {
      this.now += DENIAL_MS;
      idle += 1;
      for (let index = 0; index < this.gateways.length; index++) {
        for (let verdict = ''; verdict !== 'QUOTA_EXCEEDED'; ) {
          verdict = this.charge(index, 1);
          if (verdict === 'ALLOW') idle = 0;
          this.check();
          this.answer(this.gateway(index));
          this.apply(this.gateway(index));
        }
      }
    }
  }
}

const index = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('charge' as const), gateway: index, cost: fc.nat(6) }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constantFrom('renew', 'answer', 'apply', 'settle', 'refund'), gateway: index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 100, DENIAL_MS) }) },
);
const newLimit: fc.Arbitrary<Step> = fc.record({ do: fc.constant('limit' as const), limit: fc.nat(120) });
const newPeriod: fc.Arbitrary<Step> = fc.record({ do: fc.constant('wait' as const), ms: fc.constant(PERIOD_MS) });
const limit = fc.oneof(fc.nat(40), fc.nat(2_000));

function walk(model: Model, steps: Step[]): void {
  for (const each of steps) {
    model.run(each);
    model.check();
  }
}

test('usage never exceeds the limit of its period, and enough calls use exactly the limit', () => {
  const steps = fc.array(fc.oneof({ weight: 20, arbitrary: step }, { weight: 1, arbitrary: newPeriod }), { maxLength: 200, size: 'max' });
  fc.assert(
    fc.property(limit, fc.integer({ min: 1, max: 3 }), steps, (limit, gateways, steps) => {
      const model = new Model(limit, gateways);
      walk(model, steps);
      // A new period: units refunded after a period ended stay in its lease.
      model.now = (Math.floor(model.now / PERIOD_MS) + 1) * PERIOD_MS;
      const { now } = model;
      const during = steps.filter(({ do: what }) => what !== 'wait');
      walk(model, during);
      expect(model.now).toBe(now);
      model.drain();
      model.check();
      expect(model.period(`period_${Math.floor(now / PERIOD_MS)}`).spent).toBe(limit);
    }),
    { numRuns: 500 },
  );
});

test('a lowered limit applies from when it is known: usage never exceeds it, or what had been spent by then', () => {
  const steps = fc.array(fc.oneof({ weight: 20, arbitrary: step }, { weight: 1, arbitrary: newLimit }), { maxLength: 200, size: 'max' });
  fc.assert(
    fc.property(limit, fc.integer({ min: 1, max: 3 }), steps, (limit, gateways, steps) => {
      const model = new Model(limit, gateways);
      walk(model, steps);
      model.drain();
      model.check();
      const row = model.period('period_0');
      expect(row.spent).toBeGreaterThanOrEqual(Math.min(row.ceiling, model.limit));
    }),
    { numRuns: 500 },
  );
});
