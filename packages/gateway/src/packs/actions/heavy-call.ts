import { Readable } from 'node:stream';
import { ProblemError } from '@api-factory/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Call } from '../../call.ts';
import type { Guard } from '../../guard.ts';
import { onConnectionClosed } from '../../heavy/connection-closed.ts';
import { clientLeft } from '../../heavy/pool.ts';
import type { HeavyResult } from '../../heavy/result.ts';
import type { HeavyJob, HeavyRunner } from '../../heavy/runner.ts';
import type { ActionRequest } from './registry.ts';

export interface HeavyParts {
  guard: Guard;
  heavy: HeavyRunner;
}

/**
 * Runs a heavy action. The call keeps its slot until the response is sent and the work is done,
 * whichever comes last: disconnecting does not free it while the thread is working. Work that has
 * not started is dropped when the client disconnects.
 * @throws ProblemError RATE_LIMITED when the entitlement has no free slot, OVERLOADED when the
 * action timed out
 */
export async function answerHeavy(
  { guard, heavy }: HeavyParts,
  request: FastifyRequest,
  reply: FastifyReply,
  { action, payload }: ActionRequest,
): Promise<FastifyReply> {
  const call = request.call as Call;
  const slot = holdSlot(guard.enterHeavy(call), request, reply);
  try {
    await guard.charge(call, action.cost);
    if (slot.clientLeft()) throw clientLeft();
    const job = heavy.start(action, payload);
    slot.work(job);
    return sendResult(request, reply, await job.done);
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'OVERLOADED') guard.overloaded(call);
    throw error;
  } finally {
    slot.workEnded();
  }
}

/** Calls `leave` once the response is sent or its connection closed, and the work is done. */
function holdSlot(leave: () => void, { raw: { socket } }: FastifyRequest, { raw }: FastifyReply) {
  const awaited = { work: true, answer: !raw.closed };
  let job: HeavyJob | null = null;
  const ended = (what: keyof typeof awaited): void => {
    awaited[what] = false;
    if (!awaited.work && !awaited.answer) leave();
  };
  const responseEnded = (): void => {
    raw.off('close', responseEnded);
    stopListening();
    job?.cancel();
    ended('answer');
  };
  raw.once('close', responseEnded);
  // With pipelined requests, only the current response gets `close` when the connection closes.
  const stopListening = onConnectionClosed(socket, responseEnded);
  return {
    clientLeft: () => !awaited.answer,
    work: (started: HeavyJob) => {
      job = started;
    },
    workEnded: () => ended('work'),
  };
}

const JSON_TYPE = 'application/json; charset=utf-8';

function sendResult({ id }: FastifyRequest, reply: FastifyReply, { kind, chunks }: HeavyResult): FastifyReply {
  const end = `,"error":null,"meta":${JSON.stringify({ requestId: id })}}`;
  if (kind === 'value')
    return reply.type(JSON_TYPE).send(Buffer.concat([Buffer.from('{"success":true,"data":'), ...chunks, Buffer.from(end)]));
  const all = [Buffer.from('{"success":true,"data":['), ...chunks, Buffer.from(`]${end}`)];
  return reply.type(JSON_TYPE).send(Readable.from(all, { objectMode: false }));
}
