import { randomBase62 } from '@api-factory/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { sameDigest, sha256Hex } from '../../http/credential.ts';

/**
 * The nonce binds a checkout to the browser that started it, in a cookie that scripts can't read
 * and other sites can't send. Only its hash is stored. One cookie per checkout, so that two
 * checkouts in one browser don't overwrite each other.
 */
const PREFIX = 'af_checkout_';
const LENGTH = 32;
const PATH = '/api/billing';
/** Delayed payment methods may take this long. */
const LIFETIME_SECONDS = 7 * 86_400;
/** More cookies than any buyer has. */
const MAX_COOKIES = 30;

/** ~190 bits. */
export const newNonce = ({ randomBytes }: Context): string => randomBase62(LENGTH, randomBytes);

export function setNonce(
  reply: FastifyReply,
  { sessionId, nonce, publicUrl }: { sessionId: string; nonce: string; publicUrl: string },
): void {
  reply.setCookie(nameOf(sessionId), nonce, {
    path: PATH,
    httpOnly: true,
    sameSite: 'strict',
    secure: publicUrl.startsWith('https:'),
    maxAge: LIFETIME_SECONDS,
  });
}

/**
 * Whether the request has the checkout's cookie. Constant time, also when the checkout does not
 * exist.
 */
export function hasNonce(request: FastifyRequest, sessionId: string, nonceHash: string | null): boolean {
  const sent = sha256Hex(request.cookies[nameOf(sessionId)] ?? '');
  const same = sameDigest(sent, nonceHash ?? sha256Hex('no such checkout'));
  return same && nonceHash !== null;
}

/** The nonces of every checkout cookie in the request. */
export const noncesOf = (request: FastifyRequest): string[] =>
  Object.entries(request.cookies)
    .flatMap(([name, value]) => (name.startsWith(PREFIX) && value ? [value] : []))
    .slice(0, MAX_COOKIES);

const nameOf = (sessionId: string): string => PREFIX + sha256Hex(sessionId).slice(0, 12);
