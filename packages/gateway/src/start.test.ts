import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UsageBatch, UsageSink } from '@api-factory/core';
import Fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';
import { GatewayMetrics } from './metrics/metrics.ts';
import { Spool } from './spool/spool.ts';
import { Bank } from './testing/bank.ts';
import { aDirectory, append } from './testing/spool.ts';

/** The state of gateways in a database. A copy is a backup. */
interface DatabaseState {
  installationId: string;
  gateways: Map<string, { epoch: number; cursor: number }>;
  ids: string[];
}

const emptyDatabase = (installationId = 'ins_1'): DatabaseState => ({ installationId, gateways: new Map(), ids: [] });

/** Works like the database: an epoch per start, and a compare-and-set of the cursor. */
class Sink implements UsageSink {
  readonly #database: DatabaseState;
  readonly #gatewayId: string;
  rebooted = false;
  /** Number of commits until the database is unreachable. */
  commitsLeft = Number.POSITIVE_INFINITY;
  constructor(database: DatabaseState, gatewayId: string) {
    this.#database = database;
    this.#gatewayId = gatewayId;
  }
  async open({ installationId, afterEpoch = 0 }: Parameters<UsageSink['open']>[0]) {
    if (installationId !== null && installationId !== this.#database.installationId) throw new Error('another installation');
    const before = this.#database.gateways.get(this.#gatewayId) ?? { epoch: 0, cursor: 0 };
    const row = { ...before, epoch: Math.max(before.epoch, afterEpoch) + 1 };
    this.#database.gateways.set(this.#gatewayId, row);
    return { ...row, installationId: this.#database.installationId, rebooted: this.rebooted };
  }
  async commit({ from, to, events }: UsageBatch) {
    if (this.commitsLeft-- <= 0) throw new Error('the database is away');
    const row = this.#database.gateways.get(this.#gatewayId);
    if (row?.cursor !== from) throw new Error(`the cursor is not at ${from}`);
    this.#database.ids.push(...events.map(({ epoch, sequence }) => `${this.#gatewayId}-${epoch}-${sequence}`));
    this.#database.gateways.set(this.#gatewayId, { ...row, cursor: to });
    return { cursor: to, rewound: false };
  }
}

let dataDir: string;
let remove: () => void;
let warned: string[];
let ids: number;
const open: Gateway[] = [];
beforeEach(() => {
  ({ dir: dataDir, remove } = aDirectory());
  warned = [];
  ids = 0;
});
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close();
  remove();
});

interface StartOptions {
  commits?: number;
  rebooted?: boolean;
  overrides?: Partial<GatewayOptions>;
}

async function start(
  database: DatabaseState,
  { commits = Number.POSITIVE_INFINITY, rebooted = false, overrides = {} }: StartOptions = {},
): Promise<Gateway> {
  const log = Fastify().log;
  const gateway = await createGateway({
    dataDir,
    bootId: 'boot',
    clock: { now: () => Date.now() },
    log: Object.assign(Object.create(log), { warn: (_: object, text: string) => void warned.push(text) }),
    metrics: new GatewayMetrics({ version: '0.0.0', node: '' }),
    newId: (prefix) => `${prefix}_${++ids}`,
    random: () => 0,
    snapshots: { since: async () => ({ version: 1, stamp: 'a', complete: true, plans: [], entitlements: [], keys: [] }) },
    leasesFor: () => new Bank(null),
    sinkFor: (id) => Object.assign(new Sink(database, id), { commitsLeft: commits, rebooted }),
    billingUrl: () => null,
    fsyncMs: 10,
    snapshotMaxAgeMs: 30_000,
    overloadDelayMs: 1_000,
    heavyThreads: null,
    ...overrides,
  });
  open.push(gateway);
  return gateway;
}

async function end(gateway: Gateway): Promise<void> {
  open.splice(open.indexOf(gateway), 1);
  await gateway.close();
}

/** Starts a gateway, serves `calls` calls and closes it. */
async function run(database: DatabaseState, calls = 2): Promise<number> {
  const gateway = await start(database);
  await Promise.all(Array.from({ length: calls }, () => append(gateway.spool)));
  await end(gateway);
  return gateway.spool.epoch;
}

const identity = () => JSON.parse(readFileSync(join(dataDir, 'gateway.json'), 'utf8'));

describe('a database that is older than the spool', () => {
  it('gets the missing events once each, and no id is used twice', async () => {
    const database = emptyDatabase();
    await run(database);
    const backup = structuredClone(database);
    for (let i = 0; i < 3; i++) await run(database);
    expect(await run(backup)).toBe(5);
    expect(backup.ids.slice(0, 8)).toEqual(database.ids);
    expect(new Set(backup.ids).size).toBe(10);
    expect(warned).toEqual(['the database is older than the spool: shipping the missing usage again']);
  });

  it.each([0, 1, 2, 3])('gets them even if the start fails after %i commits', async (commits) => {
    const database = emptyDatabase();
    await run(database);
    const backup = structuredClone(database);
    // More than three batches.
    for (let i = 0; i < 3; i++) await run(database, 40_000);
    await expect(start(backup, { commits })).rejects.toThrow('away');
    await run(backup);
    expect(backup.ids.slice(0, database.ids.length)).toEqual(database.ids);
    expect(new Set(backup.ids).size).toBe(backup.ids.length);
    expect(backup.ids.length).toBe(database.ids.length + 2);
  });

  it('and has never seen this gateway gets all events', async () => {
    const database = emptyDatabase();
    for (let i = 0; i < 3; i++) await run(database);
    const other = emptyDatabase();
    expect(await run(other)).toBe(4);
    expect(other.ids.slice(0, 6)).toEqual(database.ids);
  });
});

describe('a hole in the unshipped records', () => {
  /** Leaves an unshipped spool with a hole. */
  async function withHole(): Promise<DatabaseState> {
    const database = emptyDatabase();
    const gateway = await start(database, { commits: 0 });
    await Promise.all(Array.from({ length: 5 }, () => append(gateway.spool)));
    await end(gateway);
    const file = join(dataDir, 'spool', readdirSync(join(dataDir, 'spool'))[0] as string);
    const bytes = readFileSync(file);
    bytes.fill(0, 600, 610);
    writeFileSync(file, bytes);
    warned = [];
    return database;
  }

  it('is cut with a warning after a host crash, and the records before it are shipped', async () => {
    const database = await withHole();
    const gateway = await start(database, { rebooted: true });
    expect(warned).toEqual(['the host went down before the end of the spool was synced: the unsynced usage is lost']);
    expect(gateway.spool.cut).toMatchObject({ records: 2, answered: true });
    expect(database.ids).toHaveLength(2);
  });

  it('fails the start without a host crash, and nothing is shipped', async () => {
    const database = await withHole();
    await expect(start(database)).rejects.toThrow(/the spool is damaged/);
    expect(database.ids).toEqual([]);
  });
});

describe('gateway.json', () => {
  it('is recreated from the spool if it is missing, and no usage is lost', async () => {
    const database = emptyDatabase();
    await run(database);
    const before = identity();
    rmSync(join(dataDir, 'gateway.json'));
    await run(database);
    expect([identity(), database.gateways.size, warned]).toEqual([before, 1, []]);
    expect(new Set(database.ids).size).toBe(4);
  });

  it('is not recreated for another installation’s database, and nothing is shipped', async () => {
    await run(emptyDatabase());
    rmSync(join(dataDir, 'gateway.json'));
    const otherDatabase = emptyDatabase('ins_2');
    await expect(start(otherDatabase)).rejects.toThrow('another installation');
    expect([existsSync(join(dataDir, 'gateway.json')), otherDatabase.gateways.size]).toEqual([false, 0]);
  });

  it('of another gateway than the spool is refused before the start is registered, with both names', async () => {
    const database = emptyDatabase();
    await run(database);
    renameSync(join(dataDir, 'spool'), join(dataDir, 'moved'));
    rmSync(join(dataDir, 'gateway.json'));
    await run(database);
    rmSync(join(dataDir, 'spool'), { recursive: true });
    renameSync(join(dataDir, 'moved'), join(dataDir, 'spool'));
    const before = structuredClone(database);
    await expect(start(database)).rejects.toThrow(/belongs to gateway gw_1 .*gateway\.json names gateway gw_2/s);
    expect([database, warned]).toEqual([before, []]);
  });

  it('without a spool continues at the database’s cursor', async () => {
    const database = emptyDatabase();
    await run(database);
    const at = database.gateways.get('gw_1')?.cursor;
    rmSync(join(dataDir, 'spool'), { recursive: true });
    await run(database);
    expect(readdirSync(join(dataDir, 'spool'))).toEqual([`${String(at).padStart(20, '0')}.spool`]);
    expect(new Set(database.ids).size).toBe(4);
  });
});

describe('a failed start leaves nothing running that keeps the process alive', () => {
  const away = async () => {
    throw new Error('the database is away');
  };
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it.each<[string, StartOptions]>([
    ['the spool is shipped', { commits: 0 }],
    ['leases are released', { overrides: { leasesFor: () => Object.assign(new Bank(null), { releaseAll: away }) } }],
    ['leases are written off', { rebooted: true, overrides: { leasesFor: () => Object.assign(new Bank(null), { writeOff: away }) } }],
    ['the keys are loaded', { overrides: { snapshots: { since: away } } }],
    ['the shipping thread is started', { overrides: { shipInBackground: () => raise('away') } }],
    ['the metrics are registered', { overrides: { metrics: null as never } }],
  ])('when it fails as %s', async (_, options) => {
    const database = emptyDatabase();
    const gateway = await start(database, { commits: 0 });
    await append(gateway.spool);
    await end(gateway);
    const closed = vi.spyOn(Spool.prototype, 'close');
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
    await expect(start(database, options)).rejects.toThrow();
    expect([vi.getTimerCount(), closed.mock.calls.length]).toEqual([0, 1]);
    await closed.mock.results[0]?.value;
  });
});

function raise(reason: string): never {
  throw new Error(reason);
}
