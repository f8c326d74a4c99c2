import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { withCallerSignal } from '../store/caller-signal.ts';

/**
 * Ends the queries of a read whose client has left: nobody waits for them, and others do. A write goes on, because its outcome counts
 * even where nobody hears it.
 */
export function abortReadsOnDisconnect(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    done();
    return;
  }
  const left = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) left.abort();
  });
  withCallerSignal(left.signal, done);
}
