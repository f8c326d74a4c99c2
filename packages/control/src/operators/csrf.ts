import { ProblemError } from '@api-factory/core';
import type { FastifyRequest, RouteOptions } from 'fastify';
import { sameSecret } from '../http/credential.ts';
import { problems } from '../http/operation.ts';
import { csrfTokenOf } from './session.ts';

/** Safe methods (RFC 9110, section 9.2.1). */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** A page of this origin, or a URL typed into the address bar. */
const OWN_OR_TYPED = ['same-origin', 'none'];

/**
 * Refuses requests that the console did not send. A cookie only identifies the browser: any page in
 * it can cause a request, and another port of the same host counts as the same site. Such a page
 * could not read responses, but could load the database or measure how long a search takes. Reads
 * without `Sec-Fetch-Site` are accepted.
 * @throws ProblemError CSRF_REJECTED
 */
export function refuseCsrf(request: FastifyRequest, token: string): void {
  const isRead = SAFE.has(request.method);
  if (isCrossOrigin(request, isRead ? OWN_OR_TYPED : ['same-origin'])) throw crossOriginRefusal();
  if (isRead) return;
  const sent = request.headers['x-csrf-token'];
  if (typeof sent !== 'string')
    throw new ProblemError('CSRF_REJECTED', { detail: 'The x-csrf-token header is missing. Reload the console.' });
  if (!sameSecret(sent, csrfTokenOf(token))) {
    throw new ProblemError('CSRF_REJECTED', { detail: 'The x-csrf-token header belongs to another session. Reload the console.' });
  }
}

/**
 * Refuses cross-origin requests, for routes without a session and so without a CSRF token.
 * @throws ProblemError CSRF_REJECTED
 */
export async function refuseCrossOrigin(request: FastifyRequest): Promise<void> {
  if (isCrossOrigin(request, OWN_OR_TYPED)) throw crossOriginRefusal();
}

const crossOriginRefusal = () => new ProblemError('CSRF_REJECTED', { detail: 'This request came from a page of another origin.' });

/** False when the header is missing: old browsers, plain http to another host, other clients. */
function isCrossOrigin(request: FastifyRequest, own: readonly string[]): boolean {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && !own.includes(String(site));
}

/**
 * An `onRoute` hook that documents the CSRF error of writes. Reads are left out: no legitimate
 * client gets it there.
 */
export function documentCsrfRefusal(route: RouteOptions): void {
  if (route.schema === undefined || [route.method].flat().every((method) => SAFE.has(method))) return;
  const { 403: refusal } = problems('CSRF_REJECTED') as Record<number, object>;
  route.schema = { ...route.schema, response: { 403: refusal, ...(route.schema.response as object) } };
}
