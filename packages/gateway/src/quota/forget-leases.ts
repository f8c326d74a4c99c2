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
 * Voids all leases after the database lost commits, because those may include grants. As at a
 * start, new leases are requested once all spent units are settled and the database has no lease of
 * this gateway. Calls charged to a lost lease are settled without one and may exceed a quota by
 * that amount.
 */
export function forgetLeases({ snapshot, leases, source, spool, progress, log, signal }: Parts): void {
  log.warn({ cursor: progress.cursor }, 'the database lost confirmed commits: missing usage is shipped again, and leases are void');
  void leases.forget(snapshot.entitlements(), async () => {
    while (!signal.aborted) {
      try {
        await settled(spool, progress, signal);
        await source.releaseAll();
        return;
      } catch (err) {
        if (!signal.aborted) log.warn({ err }, 'could not release void leases; retrying');
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  });
}
