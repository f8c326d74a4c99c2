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

/** What a database keeps of a gateway. Copied, it is a back-up. */
interface Books {
  installationId: string;
  gateways: Map<string, { epoch: number; cursor: number }>;
  ids: string[];
}

const emptyBooks = (installationId = 'ins_1'): Books => ({ installationId, gateways: new Map(), ids: [] });

/**
 * Keeps the books as the database does: an epoch per start, and a compare-and-set of the cursor.
 */
class Sink implements UsageSink {
  readonly #books: Books;
  readonly #gatewayId: string;
  rebooted = false;
  /** So many commits are answered, then the database is away. */
  left = Number.POSITIVE_INFINITY;
  constructor(books: Books, gatewayId: string) {
    this.#books = books;
    this.#gatewayId = gatewayId;
  }
  async open({ installationId, afterEpoch = 0 }: Parameters<UsageSink['open']>[0]) {
    if (installationId !== null && installationId !== this.#books.installationId) throw new Error('another installation');
    const before = this.#books.gateways.get(this.#gatewayId) ?? { epoch: 0, cursor: 0 };
    const row = { ...before, epoch: Math.max(before.epoch, afterEpoch) + 1 };
    this.#books.gateways.set(this.#gatewayId, row);
    return { ...row, installationId: this.#books.installationId, rebooted: this.rebooted };
  }
  async commit({ from, to, events }: UsageBatch) {
    if (this.left-- <= 0) throw new Error('the database is away');
    const row = this.#books.gateways.get(this.#gatewayId);
    if (row?.cursor !== from) throw new Error(`the cursor is not at ${from}`);
    this.#books.ids.push(...events.map(({ epoch, sequence }) => `${this.#gatewayId}-${epoch}-${sequence}`));
    this.#books.gateways.set(this.#gatewayId, { ...row, cursor: to });
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

interface Circumstances {
  commits?: number;
  rebooted?: boolean;
  more?: Partial<GatewayOptions>;
}

async function start(
  books: Books,
  { commits = Number.POSITIVE_INFINITY, rebooted = false, more = {} }: Circumstances = {},
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
    sinkFor: (id) => Object.assign(new Sink(books, id), { left: commits, rebooted }),
    billingUrl: () => null,
    fsyncMs: 10,
    snapshotMaxAgeMs: 30_000,
    overloadDelayMs: 1_000,
    heavyThreads: null,
    ...more,
  });
  open.push(gateway);
  return gateway;
}

async function end(gateway: Gateway): Promise<void> {
  open.splice(open.indexOf(gateway), 1);
  await gateway.close();
}

/** A start that serves so many calls and ends. */
async function run(books: Books, calls = 2): Promise<number> {
  const gateway = await start(books);
  await Promise.all(Array.from({ length: calls }, () => append(gateway.spool)));
  await end(gateway);
  return gateway.spool.epoch;
}

const identity = () => JSON.parse(readFileSync(join(dataDir, 'gateway.json'), 'utf8'));

describe('a database that is older than the spool', () => {
  it('gets the missing events once each, and no id is used twice', async () => {
    const books = emptyBooks();
    await run(books);
    const backup = structuredClone(books);
    for (let i = 0; i < 3; i++) await run(books);
    expect(await run(backup)).toBe(5);
    expect(backup.ids.slice(0, 8)).toEqual(books.ids);
    expect(new Set(backup.ids).size).toBe(10);
    expect(warned).toEqual(['the database is older than the spool: shipping the missing usage again']);
  });

  it.each([0, 1, 2, 3])('gets them even if the start dies after %i commits', async (commits) => {
    const books = emptyBooks();
    await run(books);
    const backup = structuredClone(books);
    // More than three batches.
    for (let i = 0; i < 3; i++) await run(books, 40_000);
    await expect(start(backup, { commits })).rejects.toThrow('away');
    await run(backup);
    expect(backup.ids.slice(0, books.ids.length)).toEqual(books.ids);
    expect(new Set(backup.ids).size).toBe(backup.ids.length);
    expect(backup.ids.length).toBe(books.ids.length + 2);
  });

  it('that has never seen this gateway gets all of it', async () => {
    const books = emptyBooks();
    for (let i = 0; i < 3; i++) await run(books);
    const other = emptyBooks();
    expect(await run(other)).toBe(4);
    expect(other.ids.slice(0, 6)).toEqual(books.ids);
  });
});

describe('a hole in the unshipped records', () => {
  /** A spool that was shipped up to its hole, by a start that could not ship more. */
  async function withHole(): Promise<Books> {
    const books = emptyBooks();
    const gateway = await start(books, { commits: 0 });
    await Promise.all(Array.from({ length: 5 }, () => append(gateway.spool)));
    await end(gateway);
    const file = join(dataDir, 'spool', readdirSync(join(dataDir, 'spool'))[0] as string);
    const bytes = readFileSync(file);
    bytes.fill(0, 600, 610);
    writeFileSync(file, bytes);
    warned = [];
    return books;
  }

  it('is cut with a warning after a host crash, and the records before it are shipped', async () => {
    const books = await withHole();
    const gateway = await start(books, { rebooted: true });
    expect(warned).toEqual(['the host went down before the end of the spool was synced: the usage in it is lost']);
    expect(gateway.spool.cut).toMatchObject({ records: 2, answered: true });
    expect(books.ids).toHaveLength(2);
  });

  it('stops the start without a host crash, and nothing is shipped', async () => {
    const books = await withHole();
    await expect(start(books)).rejects.toThrow(/the spool is damaged/);
    expect(books.ids).toEqual([]);
  });
});

describe('gateway.json', () => {
  it('that is missing is recreated from the spool, whose usage is not lost', async () => {
    const books = emptyBooks();
    await run(books);
    const before = identity();
    rmSync(join(dataDir, 'gateway.json'));
    await run(books);
    expect([identity(), books.gateways.size, warned]).toEqual([before, 1, []]);
    expect(new Set(books.ids).size).toBe(4);
  });

  it('that is missing does not ship the spool to another installation’s database, and nothing is written', async () => {
    await run(emptyBooks());
    rmSync(join(dataDir, 'gateway.json'));
    const stranger = emptyBooks('ins_2');
    await expect(start(stranger)).rejects.toThrow('another installation');
    expect([existsSync(join(dataDir, 'gateway.json')), stranger.gateways.size]).toEqual([false, 0]);
  });

  it('of another gateway than the spool’s is refused before the start is registered, and both are named', async () => {
    const books = emptyBooks();
    await run(books);
    renameSync(join(dataDir, 'spool'), join(dataDir, 'aside'));
    rmSync(join(dataDir, 'gateway.json'));
    await run(books);
    rmSync(join(dataDir, 'spool'), { recursive: true });
    renameSync(join(dataDir, 'aside'), join(dataDir, 'spool'));
    const before = structuredClone(books);
    await expect(start(books)).rejects.toThrow(/is of gateway gw_1 .*gateway\.json names gateway gw_2/s);
    expect([books, warned]).toEqual([before, []]);
  });

  it('without a spool continues at the database’s cursor', async () => {
    const books = emptyBooks();
    await run(books);
    const at = books.gateways.get('gw_1')?.cursor;
    rmSync(join(dataDir, 'spool'), { recursive: true });
    await run(books);
    expect(readdirSync(join(dataDir, 'spool'))).toEqual([`${String(at).padStart(20, '0')}.spool`]);
    expect(new Set(books.ids).size).toBe(4);
  });
});

describe('a failed start leaves nothing running that would keep the process alive', () => {
  const away = async () => {
    throw new Error('the database is away');
  };
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it.each<[string, Circumstances]>([
    ['the spool is shipped', { commits: 0 }],
    ['leases are given back', { more: { leasesFor: () => Object.assign(new Bank(null), { releaseAll: away }) } }],
    ['leases are written off', { rebooted: true, more: { leasesFor: () => Object.assign(new Bank(null), { writeOff: away }) } }],
    ['the keys are loaded', { more: { snapshots: { since: away } } }],
    ['the thread that ships is started', { more: { shipInBackground: () => raise('away') } }],
    ['its metrics are shown', { more: { metrics: null as never } }],
  ])('as %s', async (_, circumstances) => {
    const books = emptyBooks();
    const gateway = await start(books, { commits: 0 });
    await append(gateway.spool);
    await end(gateway);
    const closed = vi.spyOn(Spool.prototype, 'close');
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
    await expect(start(books, circumstances)).rejects.toThrow();
    expect([vi.getTimerCount(), closed.mock.calls.length]).toEqual([0, 1]);
    await closed.mock.results[0]?.value;
  });
});

function raise(reason: string): never {
  throw new Error(reason);
}
