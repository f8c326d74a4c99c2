import type { Clock } from '@api-factory/core';
import type { FastifyBaseLogger } from 'fastify';
import type { Spool, SpoolOptions } from './spool.ts';

const MINUTE_MS = 60_000;

/** Callbacks that log errors of the spool, and oversized records at most once a minute. */
export function spoolReports(clock: Clock, log: FastifyBaseLogger): Required<Pick<SpoolOptions, 'onFault' | 'onTooLarge'>> {
  let nextAt = Number.NEGATIVE_INFINITY;
  return {
    onFault: (err) => log.error({ err }, 'could not write or sync the spool'),
    onTooLarge: ({ message }) => {
      if (clock.now() < nextAt) return;
      nextAt = clock.now() + MINUTE_MS;
      log.error({ reason: message }, 'a usage record was not written; its call was answered 503');
    },
  };
}

export function reportCut({ cut }: Spool, log: FastifyBaseLogger): void {
  if (cut === null) return;
  if (cut.answered) log.warn(cut, 'the host went down before the end of the spool was synced: the unsynced usage is lost');
  else log.info(cut, 'the last write of the spool was incomplete and was removed; none of its calls was answered');
}

/** `refusal`: why guarded calls are refused from now on; null when they are accepted again. */
export function reportRefusal(refusal: Error | null, log: FastifyBaseLogger): void {
  if (refusal) log.error({ reason: refusal.message }, 'the disk is nearly full: refusing guarded calls');
  else log.info('the disk has free space again: accepting guarded calls');
}
