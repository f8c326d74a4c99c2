import { createHmac } from 'node:crypto';
import { randomBase62 } from '@api-factory/core';
import type { FastifyRequest } from 'fastify';

/**
 * A session of the console: the browser holds a token in a cookie that no script can read, the database holds what it hashes to. The token
 * also makes the CSRF token, which only a page of this origin can read: another port of the same host is the same site to
 * a browser, so SameSite alone keeps nobody out.
 */
const COOKIE = 'af_session';
const PREFIX = 'af_session_';
/** 256 bits. */
const LENGTH = 43;
/** A working day: whoever finds the browser open the next morning finds it signed out. It is not prolonged by use, so a stolen cookie ends too. */
export const SESSION_SECONDS = 12 * 3_600;
/**
 * Cookies of one name that are looked at: more than a browser keeps for one host. A page on another port can add some for longer paths, which
 * come first; they must not lock the operator out.
 */
const MOST_COOKIES = 200;

export interface Session {
  id: string;
  hash: string;
  operator: string;
  operatorMac: string;
  createdAt: Date;
  expiresAt: Date;
}

/** A token is never stored. */
export const newToken = (randomBytes: (n: number) => Uint8Array): string => PREFIX + randomBase62(LENGTH, randomBytes);

/** What confirms a write of this session. */
export const csrfTokenOf = (token: string): string => createHmac('sha256', token).update('csrf').digest('base64url');

/** What a session remembers of the operator key that it was begun with. */
export const operatorMac = (token: string, operatorHash: string): string =>
  createHmac('sha256', token).update(`operator\0${operatorHash}`).digest('hex');

/** From the moment of its end on, a session is none. */
export const hasExpired = ({ expiresAt }: Pick<Session, 'expiresAt'>, now: number): boolean => now >= expiresAt.getTime();

/** The session tokens that a request carries; none for anything that can’t be one. */
export function tokensOf(request: FastifyRequest): string[] {
  const values = (request.headers.cookie ?? '').split(';').flatMap((pair) => {
    const [name, value = ''] = pair.trim().split('=', 2);
    return name === COOKIE ? [value] : [];
  });
  return values.slice(0, MOST_COOKIES);
}

/** `Set-Cookie` that hands the browser its token. `secure`: it comes back over https alone. */
export const cookieWith = (token: string, { secure }: { secure: boolean }): string =>
  `${COOKIE}=${token}; Max-Age=${SESSION_SECONDS}; ${ATTRIBUTES}${secure ? '; Secure' : ''}`;

const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Strict';

/** `Set-Cookie` that takes the token away, whether it was handed out for https or not. */
export const NO_COOKIE = `${COOKIE}=; Max-Age=0; ${ATTRIBUTES}`;
