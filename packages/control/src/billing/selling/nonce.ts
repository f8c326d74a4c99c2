import { randomBase62 } from '@api-factory/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { sameDigest, sha256Hex } from '../../http/credential.ts';

/**
 * The nonce binds a checkout to the browser that began it: it lies in a cookie that no page can read and no other site can send. Only its
 * hash is stored. One cookie per checkout, so that two checkouts in one browser don't overwrite each other.
 */
const PREFIX = 'af_checkout_';
const LENGTH = 32;
const PATH = '/api/billing';
/** As long as Stripe may take for a late payment. */
const LIFETIME_SECONDS = 7 * 86_400;
/** A browser that sends more is not ours. */
const MOST_COOKIES = 30;

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

/** Whether the request comes from the browser that began the checkout; in constant time, also for a checkout that does not exist. */
export function hasNonce(request: FastifyRequest, sessionId: string, nonceHash: string | null): boolean {
  const sent = sha256Hex(request.cookies[nameOf(sessionId)] ?? '');
  const same = sameDigest(sent, nonceHash ?? sha256Hex('no such checkout'));
  return same && nonceHash !== null;
}

/** Every nonce that the request carries, of whatever checkout. */
export const noncesOf = (request: FastifyRequest): string[] =>
  Object.entries(request.cookies)
    .flatMap(([name, value]) => (name.startsWith(PREFIX) && value ? [value] : []))
    .slice(0, MOST_COOKIES);

const nameOf = (sessionId: string): string => PREFIX + sha256Hex(sessionId).slice(0, 12);
