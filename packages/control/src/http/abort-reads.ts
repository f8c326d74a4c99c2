import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { withCallerSignal } from '../store/caller-signal.ts';

/**
 * Aborts the queries of a GET or HEAD whose client has disconnected, so that they don’t hold up
 * others. Writes run to their end: their effect matters even if nobody reads the response.
 */
export function abortReadsOnDisconnect(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    done();
    return;
  }
  const disconnected = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) disconnected.abort();
  });
  withCallerSignal(disconnected.signal, done);
}
