import { ProblemError } from '@api-factory/core';
import type { FastifyRequest, RouteOptions } from 'fastify';
import { sameSecret } from '../http/credential.ts';
import { problems } from '../http/operation.ts';
import { csrfTokenOf } from './session.ts';

/** Methods that change nothing (RFC 9110, section 9.2.1). */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** A page of this origin, or what somebody typed into the address bar. */
const OWN_OR_TYPED = ['same-origin', 'none'];

/**
 * Refuses what the session's own page did not send. The cookie alone proves only which browser it was: any page in it can cause a
 * request, and one on another port of the same host counts as the same site. Such a page could read no answer, but keep the database
 * busy, and measure how long a search takes. A read that the browser says nothing of is let through.
 * @throws ProblemError CSRF_REJECTED
 */
export function refuseCsrf(request: FastifyRequest, token: string): void {
  const isRead = SAFE.has(request.method);
  if (isCrossOrigin(request, isRead ? OWN_OR_TYPED : ['same-origin'])) throw crossOriginRefusal();
  if (isRead) return;
  const sent = request.headers['x-csrf-token'];
  if (typeof sent !== 'string')
    throw new ProblemError('CSRF_REJECTED', { detail: 'The header x-csrf-token is missing. Reload the console.' });
  if (!sameSecret(sent, csrfTokenOf(token))) {
    throw new ProblemError('CSRF_REJECTED', { detail: 'The header x-csrf-token belongs to another session. Reload the console.' });
  }
}

/**
 * Refuses what a page of another origin sent, where there is no session yet that could confirm it.
 * @throws ProblemError CSRF_REJECTED
 */
export async function refuseCrossOrigin(request: FastifyRequest): Promise<void> {
  if (isCrossOrigin(request, OWN_OR_TYPED)) throw crossOriginRefusal();
}

const crossOriginRefusal = () => new ProblemError('CSRF_REJECTED', { detail: 'A page of another origin sent this request.' });

/** False where the browser does not say (old ones, and plain http to another host), or it is none. */
function isCrossOrigin(request: FastifyRequest, own: readonly string[]): boolean {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && !own.includes(String(site));
}

/** Says in the contract that a write can be refused as forged; a refused read is seen by no caller. A hook for routes as they are made. */
export function documentCsrfRefusal(route: RouteOptions): void {
  if (route.schema === undefined || [route.method].flat().every((method) => SAFE.has(method))) return;
  const { 403: refusal } = problems('CSRF_REJECTED') as Record<number, object>;
  route.schema = { ...route.schema, response: { 403: refusal, ...(route.schema.response as object) } };
}
