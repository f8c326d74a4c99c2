import { isUtf8 } from 'node:buffer';
import { findLoss, ProblemError } from '@api-factory/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Reads JSON bodies, so that what is answered or stored equals what was sent: bytes that are not
 * UTF-8 are refused before they are parsed, and values that parsing changes afterwards. The length
 * of what arrived is noted for the meter.
 */
export function readBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    const body = bytes as Buffer;
    request.bodyBytes = body.length;
    if (body.length === 0 && needsNoBody(request)) return done(null, undefined);
    if (!isUtf8(body)) return done(new ProblemError('BAD_REQUEST', { detail: 'The body is not valid UTF-8.' }), undefined);
    const text = body.toString();
    return parseJson(request, text, (error, value) => {
      const loss = error === null ? findLoss(text) : null;
      done(loss === null ? error : lossProblem(loss), value);
    });
  });
  app.addHook('preParsing', (request, _reply, payload, done) => {
    done(encodingProblem(request.headers['content-encoding']), payload);
  });
}

const lossProblem = (loss: { pointer: string; detail: string }): ProblemError =>
  new ProblemError('VALIDATION_FAILED', { detail: `${loss.pointer} ${loss.detail}`, errors: [loss] });

/**
 * Clients name a content type out of habit, also where there is nothing to send. A body that has no
 * required field may be left out.
 */
function needsNoBody(request: FastifyRequest): boolean {
  const schema = request.routeOptions.schema?.body as { required?: unknown[]; oneOf?: unknown } | undefined;
  return schema === undefined || (schema.oneOf === undefined && (schema.required ?? []).length === 0);
}

/** RFC 9110, section 15.5.16: the refusal of a content coding names those that are taken. */
function encodingProblem(coding: string | undefined): ProblemError | null {
  if (coding === undefined || /^\s*(?:identity)?\s*$/i.test(coding)) return null;
  return new ProblemError('UNSUPPORTED_MEDIA_TYPE', {
    detail: `A body in the content coding “${coding.slice(0, 40)}” can’t be read; send it without compression.`,
    headers: { 'accept-encoding': 'identity' },
  });
}
