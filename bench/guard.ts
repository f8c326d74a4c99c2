/**
 * The cost of the guard: `admit` + `charge` on 10,000 keys in random order, each with its own
 * entitlement.
 */
import { createHash, hash, randomBytes } from 'node:crypto';
import { do_not_optimize, measure } from 'mitata';
import {
  admit,
  charge,
  emptyQuotaCell,
  emptyRateCell,
  formatKey,
  type GuardKey,
  type GuardPlan,
  isWellFormedKey,
} from '../packages/core/src/index.ts';
import { printTable } from './table.ts';

const KEYS = 10_000;
const CALLS = 2 ** 16;
const NOW = 1_800_000_000_000;

const plan: GuardPlan = {
  id: 'bench',
  version: 1,
  rateLimit: 1_000_000_000,
  rateWindowMs: 60_000,
  quotaLimit: 1e15,
  apis: new Set(['actions']),
};

function aKey(index: number, text: string): GuardKey {
  const quota = { ...emptyQuotaCell(), periodId: `period_${index}`, endsAt: Number.POSITIVE_INFINITY, available: 1e15, unleased: 0 };
  const entitlement = { id: `ent_${index}`, consumerId: null, plan, rate: emptyRateCell(), quota };
  return {
    id: `key_${index}`,
    hash: createHash('sha256').update(text).digest('hex'),
    status: 'enabled',
    expiresAt: Number.POSITIVE_INFINITY,
    entitlement,
  };
}

const texts = Array.from({ length: KEYS }, () => formatKey('live', randomBytes));
const keys = texts.map((text, index) => aKey(index, text));
const byHash = new Map(keys.map((key) => [key.hash, key]));
const order = Uint32Array.from({ length: CALLS }, () => Math.floor(Math.random() * KEYS));

let turn = 0;
let now = NOW;

/** The next key's index. The clock moves 1 ms every 16 calls, so that windows roll. */
function next(): number {
  turn = (turn + 1) & (CALLS - 1);
  if ((turn & 15) === 0) now += 1;
  return order[turn] as number;
}

function guard(): string {
  const key = keys[next()] as GuardKey;
  const verdict = admit(key, 'actions', now);
  return verdict === 'ALLOW' ? charge(key.entitlement.quota, 1, now) : verdict;
}

function fromText(): string {
  const text = texts[next()] as string;
  if (!isWellFormedKey(text)) return 'INVALID_KEY';
  const key = byHash.get(hash('sha256', text, 'hex'));
  if (!key) return 'INVALID_KEY';
  const verdict = admit(key, 'actions', now);
  return verdict === 'ALLOW' ? charge(key.entitlement.quota, 1, now) : verdict;
}

/** A Map lookup by a string built in the call, as in a guard without object references. */
const cellByName = new Map(keys.map((key) => [`${key.entitlement.id}:${key.entitlement.quota.periodId}`, key]));
const byBuiltString = () => {
  const index = next();
  return cellByName.get(`ent_${index}:period_${index}`);
};

const cases = [
  ['the loop alone: picks a key', next],
  ['admit + charge', guard],
  ['checksum + SHA-256 + lookup + admit + charge', fromText],
  ['lookup by a string built in the call', byBuiltString],
] as const;

const rows: (string | number)[][] = [];
for (const [name, run] of cases) {
  const { avg, p50, p99 } = await measure(() => do_not_optimize(run()), { batch_samples: 1024, min_cpu_time: 1e9 });
  rows.push([name, avg.toFixed(1), p50.toFixed(1), p99.toFixed(1)]);
}
printTable(`guard, ${KEYS.toLocaleString('en')} keys in random order: ns per call`, ['case', 'mean', 'median', 'p99'], rows);

/** Heap growth in bytes during a million calls, before and after a garbage collection. */
function heapGrowth(run: () => unknown): { allocated: number; kept: number } {
  const collect = globalThis.gc;
  if (!collect) return { allocated: Number.NaN, kept: Number.NaN };
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 1_000_000; i++) run();
  const after = process.memoryUsage().heapUsed;
  collect();
  return { allocated: after - before, kept: process.memoryUsage().heapUsed - before };
}

const kB = (bytes: number) => (bytes / 1024).toFixed(0);
const growth = [cases[0], cases[1]].map(([name, run]) => {
  heapGrowth(run);
  const { allocated, kept } = heapGrowth(run);
  return [name, kB(allocated), kB(kept)];
});
printTable('heap growth in a million calls: kB', ['case', 'before collection', 'after'], growth);
