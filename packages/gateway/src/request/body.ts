import { isUtf8 } from 'node:buffer';
import { findLoss, ProblemError } from '@api-factory/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Parses JSON bodies without loss: invalid UTF-8 is refused before parsing, and values that parsing
 * would change (such as large integers) after it. Records the body's length for the meter.
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
 * Clients often send a content type without a body. A body without required fields may be omitted.
 */
function needsNoBody(request: FastifyRequest): boolean {
  const schema = request.routeOptions.schema?.body as { required?: unknown[]; oneOf?: unknown } | undefined;
  return schema === undefined || (schema.oneOf === undefined && (schema.required ?? []).length === 0);
}

/** RFC 9110, section 15.5.16: the refusal of a content coding lists the accepted ones. */
function encodingProblem(coding: string | undefined): ProblemError | null {
  if (coding === undefined || /^\s*(?:identity)?\s*$/i.test(coding)) return null;
  return new ProblemError('UNSUPPORTED_MEDIA_TYPE', {
    detail: `The content coding “${coding.slice(0, 40)}” is not supported. Send the body without compression.`,
    headers: { 'accept-encoding': 'identity' },
  });
}
