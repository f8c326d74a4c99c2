import { Transform } from 'node:stream';
import type { Clock } from '@api-factory/core';
import { CODES } from '@api-factory/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { writeLimits } from './answer/limits.ts';
import { PROBLEM_TYPE, problemText } from './answer/problem.ts';
import type { Call, SendDone } from './call.ts';
import type { Guard } from './guard.ts';
import { identityOf } from './snapshot/snapshot.ts';
import { type EventParts, encodeStreamEnd, encodeTarget } from './spool/record.ts';
import type { Spool } from './spool/spool.ts';

export interface MeterOptions {
  spool: Spool;
  guard: Guard;
  clock: Clock;
}

/** How a guarded route is metered. */
export interface Metered {
  api: string;
  method: string;
  /** The path template. */
  route: string;
}

/**
 * The release point of every guarded response: the last `onSend` hook. A response is sent after its
 * usage event is written. One that can't be recorded becomes 503 and is refunded.
 */
export function meterHook(options: MeterOptions, metered: Metered) {
  const { spool, guard } = options;
  const target = encodeTarget(metered.api, metered.method, metered.route);
  return (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: SendDone): void => {
    const { call } = request;
    if (!call) return done(null, payload);
    // Errors are never charged, 4xx included.
    if (reply.statusCode >= 400) guard.refund(call);
    const now = options.clock.now();
    if (!call.admitted) {
      writeLimits(reply, call.entitlement, now);
      return done(null, payload);
    }
    const parts = eventParts({ call, request, reply, target, payload, now });
    spool.appendEvent(parts, (error) => {
      if (error) {
        if (isStream(payload)) payload.destroy?.();
        return done(null, refuseUnmetered(guard, request, reply, now));
      }
      writeLimits(reply, call.entitlement, now);
      done(null, isStream(payload) ? countStream(options, payload, parts) : payload);
    });
  };
}

interface Answered {
  call: Call;
  request: FastifyRequest;
  reply: FastifyReply;
  target: Buffer;
  payload: unknown;
  now: number;
}

const eventParts = ({ call, request, reply, target, payload, now }: Answered): EventParts => ({
  identity: identityOf(call.key),
  target,
  // An error before the charge counts in the period that would have been charged.
  periodId: call.periodId || call.entitlement.quota.periodId,
  requestId: request.id,
  status: reply.statusCode,
  epoch: 0,
  sequence: 0,
  ts: Math.floor(call.admittedAt),
  cost: call.cost,
  requestBytes: request.bodyBytes,
  responseBytes: payloadBytes(payload),
  durationMs: now - call.admittedAt,
  streamed: isStream(payload),
});

function payloadBytes(payload: unknown): number {
  if (typeof payload === 'string') return Buffer.byteLength(payload);
  return payload instanceof Uint8Array ? payload.byteLength : 0;
}

function refuseUnmetered(guard: Guard, request: FastifyRequest, reply: FastifyReply, now: number): string {
  const { call } = request;
  if (call) {
    guard.unmetered(call);
    writeLimits(reply, call.entitlement, now);
  }
  reply.removeHeader('content-length');
  reply.code(CODES.METERING_UNAVAILABLE.status).type(PROBLEM_TYPE).header('retry-after', 1);
  return problemText(request, 'METERING_UNAVAILABLE', {});
}

const isStream = (payload: unknown): payload is NodeJS.ReadableStream & { destroy?: () => void } =>
  typeof payload === 'object' && payload !== null && typeof (payload as NodeJS.ReadableStream).pipe === 'function';

/**
 * Forwards a stream and records its end: bytes, duration, and whether the client received all of
 * it.
 */
function countStream({ spool, clock }: MeterOptions, source: NodeJS.ReadableStream, parts: EventParts): Transform {
  let responseBytes = 0;
  let complete = false;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, pass) {
      responseBytes += chunk.length;
      pass(null, chunk);
    },
    flush(pass) {
      complete = true;
      pass();
    },
    destroy(error, finish) {
      const { epoch, sequence, ts } = parts;
      const durationMs = clock.now() - ts;
      const outcome = complete ? 'complete' : 'aborted';
      spool.appendFrame(encodeStreamEnd({ epoch, sequence, ts, responseBytes, durationMs, outcome }), () => finish(error));
    },
  });
  source.on('error', (error) => counter.destroy(error));
  counter.on('close', () => (source as NodeJS.ReadableStream & { destroy?: () => void }).destroy?.());
  return source.pipe(counter);
}
