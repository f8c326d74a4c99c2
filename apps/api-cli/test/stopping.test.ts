import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FreshDatabase, freshDatabase } from '@api-factory/control/testing/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCommand, freePort, type RunningCommand, startCommand } from './support/process.ts';

let database: FreshDatabase;
let dataDir: string;
beforeAll(async () => {
  await buildCommand();
  database = await freshDatabase();
  dataDir = mkdtempSync(join(tmpdir(), 'api-factory-'));
}, 120_000);
afterAll(async () => {
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

const start = async (logLevel = 'warn'): Promise<RunningCommand> =>
  startCommand({
    PORT: String(await freePort()),
    API_FACTORY_DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    HELLO_CALLS_PER_MINUTE: '1000000',
    LOG_LEVEL: logLevel,
  });

/** Makes a call. @returns its status and Connection header, or its error code */
async function call(address: string, agent: Agent): Promise<string> {
  try {
    const [answer] = (await once(get(`${address}/api/v1/hello/ping`, { agent }), 'response')) as [IncomingMessage];
    JSON.parse(Buffer.concat(await answer.toArray()).toString());
    return `${answer.statusCode} ${answer.headers.connection}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/**
 * A call that started before the stop is served, a later one is refused; both responses close the
 * connection.
 */
const COMPLETE = ['200 keep-alive', '200 close', '503 close', 'ECONNREFUSED'];

/** Sends a second signal once the product logs that it stops, so that signals can’t coalesce. */
async function signalTwice(product: RunningCommand, pauseMs: number): Promise<number | null> {
  const ended = product.end('SIGTERM');
  await expect.poll(product.output, { interval: 2 }).toContain('stopping: finishing open calls');
  await sleep(pauseMs);
  process.kill(product.process.pid as number, 'SIGTERM');
  return ended;
}

describe('a second signal', () => {
  it('is ignored within a second of the first, as when npm forwards one sent to the whole group', async () => {
    const product = await start('info');
    expect(await signalTwice(product, 0)).toBe(0);
    expect(product.output()).not.toContain('second SIGTERM');
  }, 60_000);

  it('exits immediately when the stop takes longer', async () => {
    const product = await start('info');
    const upload = request(`${product.address}/api/v1/actions`, { method: 'POST', headers: { 'content-length': 10 } });
    upload.on('error', () => {});
    upload.flushHeaders();
    await sleep(100);
    expect(await signalTwice(product, 1_100)).toBe(1);
    expect(product.output()).toContain('second SIGTERM, exiting');
  }, 60_000);
});

describe('a stop under load', () => {
  it('completes every call or refuses its connection: no keep-alive client sees a reset', async () => {
    const product = await start();
    const outcomes = new Map<string, number>();
    let calls = 0;
    let warm = () => {};
    const warmed = new Promise<void>((resolve) => {
      warm = resolve;
    });
    const client = async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let outcome = ''; outcome !== 'ECONNREFUSED'; ) {
        outcome = await call(product.address, agent);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (++calls === 500) warm();
      }
      agent.destroy();
    };
    const clients = Array.from({ length: 12 }, client);
    await warmed;
    const code = await product.end('SIGTERM');
    await Promise.all(clients);
    expect(code).toBe(0);
    expect([...outcomes.keys()].filter((outcome) => !COMPLETE.includes(outcome))).toEqual([]);
    expect(outcomes.get('200 keep-alive')).toBeGreaterThan(clients.length);
  }, 60_000);

  it('serves one last call on each idle connection, and closes unused ones', async () => {
    const product = await start();
    const agents = Array.from({ length: 10 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    for (const agent of agents) expect(await call(product.address, agent)).toBe('200 keep-alive');
    const [watcher, ...others] = agents as [Agent, ...Agent[]];
    const ended = product.end('SIGTERM');
    let last = '200 keep-alive';
    while (last === '200 keep-alive') last = await call(product.address, watcher);
    expect(last).toMatch(/^(?:200|503) close$/);
    for (const agent of others.slice(0, 5)) expect(COMPLETE.slice(1)).toContain(await call(product.address, agent));
    expect(await ended).toBe(0);
    expect(await call(product.address, others[8]!)).toBe('ECONNREFUSED');
    for (const agent of agents) agent.destroy();
  }, 60_000);
});
