import { setTimeout as delay } from 'node:timers/promises';
import type { LeaseSource } from '@api-factory/core';
import type { FastifyBaseLogger } from 'fastify';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Progress } from '../spool/progress.ts';
import { settled } from '../spool/settled.ts';
import type { Spool } from '../spool/spool.ts';
import type { Leases } from './leases.ts';

const RETRY_MS = 1_000;

interface Parts {
  snapshot: Snapshot;
  leases: Leases;
  source: LeaseSource;
  spool: Spool;
  progress: Progress;
  log: FastifyBaseLogger;
  signal: AbortSignal;
}

/**
 * After the database has lost commits: what it granted may be among them, so no lease in memory counts any more. As at a start, new ones are
 * asked for once all that was spent is settled and the database holds none for this gateway. Calls that were answered on leases that are lost
 * settle without one, and may exceed a quota by as much.
 */
export function forgetLeases({ snapshot, leases, source, spool, progress, log, signal }: Parts): void {
  log.warn({ cursor: progress.cursor }, 'the database has lost what it had confirmed: what it lacks is shipped again, and leases are void');
  void leases.forget(snapshot.entitlements(), async () => {
    while (!signal.aborted) {
      try {
        await settled(spool, progress, signal);
        await source.releaseAll();
        return;
      } catch (err) {
        if (!signal.aborted) log.warn({ err }, 'void leases could not be given back; it is tried again');
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  });
}
