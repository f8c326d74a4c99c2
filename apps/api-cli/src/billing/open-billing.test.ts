import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cleanup } from '@api-factory/gateway';
import type { FastifyBaseLogger } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { loadConfig } from '../config.ts';
import { openBilling } from './open-billing.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanups.splice(0).reverse()) await undo();
});

/** A port that is already in use. */
async function takenPort(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

test('a sandbox whose port is in use starts on another one, and a warning mentions both', async () => {
  const taken = await takenPort();
  const directory = mkdtempSync(join(tmpdir(), 'billing-'));
  cleanups.push(() => rmSync(directory, { recursive: true }));
  const warned: string[] = [];
  const log = { info() {}, warn: (text: string) => warned.push(text) } as unknown as FastifyBaseLogger;
  const cleanup = new Cleanup();
  cleanups.push(() => cleanup.run((error) => log.error(error)));
  const config = loadConfig({ PORT: String(taken - 1), API_FACTORY_DATA_DIR: directory });
  const { billing } = await openBilling(config, { clock: { now: Date.now }, randomBytes, log } as never, cleanup);
  const { port } = new URL(billing?.sandbox?.url ?? '');
  expect(Number(port)).not.toBe(taken);
  expect(warned).toEqual([expect.stringMatching(`^port ${taken} is in use, so the billing sandbox listens on ${port}`)]);
});
