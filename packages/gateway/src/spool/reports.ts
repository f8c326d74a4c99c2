import type { Clock } from '@api-factory/core';
import type { FastifyBaseLogger } from 'fastify';
import type { Spool, SpoolOptions } from './spool.ts';

/** What the log says of a spool. */

const MINUTE_MS = 60_000;

/** Callbacks of a spool that log its faults once each, and records that are too long once a minute. */
export function spoolReports(clock: Clock, log: FastifyBaseLogger): Required<Pick<SpoolOptions, 'onFault' | 'onTooLarge'>> {
  let nextAt = Number.NEGATIVE_INFINITY;
  return {
    onFault: (err) => log.error({ err }, 'the spool could not be written or synced'),
    onTooLarge: ({ message }) => {
      if (clock.now() < nextAt) return;
      nextAt = clock.now() + MINUTE_MS;
      log.error({ reason: message }, 'a usage record was not written; a call it belongs to was answered 503');
    },
  };
}

export function reportCut({ cut }: Spool, log: FastifyBaseLogger): void {
  if (cut === null) return;
  if (cut.answered) log.warn(cut, 'the host went down before the end of the spool was on the disk: the usage that was there is lost');
  else log.info(cut, 'the last write of the spool was cut short; none of its calls was answered');
}

/** `refusal`: why guarded calls begin to be refused; null when that ends. */
export function reportRefusal(refusal: Error | null, log: FastifyBaseLogger): void {
  if (refusal) log.error({ reason: refusal.message }, 'the disk is nearly full: guarded calls are refused');
  else log.info('there is room on the disk again: guarded calls are taken');
}
