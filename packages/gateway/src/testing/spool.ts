import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UsageEvent } from '@api-factory/core';
import { readBatch } from '../spool/reader.ts';
import { type EventParts, encodeIdentity, encodeTarget } from '../spool/record.ts';
import { Spool, type SpoolOptions } from '../spool/spool.ts';

export const OWNER = { installationId: 'ins_test', gatewayId: 'gw_test' };

/** Creates a temporary directory and a function that removes it. */
export function aDirectory(): { dir: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'spool-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export const openSpool = (dir: string, options: Partial<SpoolOptions> = {}): Promise<Spool> =>
  Spool.open({ dir, owner: OWNER, epoch: 1, cursor: 0, rebooted: false, fsyncMs: 10, ...options });

/** The parts of an event. Each call returns a new object: appending changes it. */
export const anEvent = (parts: Partial<EventParts> = {}): EventParts => ({
  identity: encodeIdentity('ent_1', 'key_1', null),
  target: encodeTarget('actions', 'POST', '/api/v1/actions'),
  periodId: 'per_1',
  requestId: 'req_1',
  status: 200,
  epoch: 0,
  sequence: 0,
  ts: 1_700_000_000_000,
  cost: 1,
  requestBytes: 10,
  responseBytes: 20,
  durationMs: 1.5,
  ...parts,
});

/** Appends an event and waits until it is written. */
export const append = (spool: Spool, parts: Partial<EventParts> = {}): Promise<void> =>
  new Promise((resolve, reject) => spool.appendEvent(anEvent(parts), (error) => (error ? reject(error) : resolve())));

/** Every event from `from` on, read like the shipper does. */
export async function readEvents(spool: Spool, from = 0): Promise<UsageEvent[]> {
  const events: UsageEvent[] = [];
  for (let at = from; ; ) {
    const batch = await readBatch(spool.dir, at, spool.end);
    if (!batch) return events;
    events.push(...batch.events);
    at = batch.to;
  }
}
