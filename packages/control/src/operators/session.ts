import { createHmac } from 'node:crypto';
import { randomBase62 } from '@api-factory/core';
import type { FastifyRequest } from 'fastify';

/**
 * A console session. The browser holds a token in a cookie that scripts can’t read; the database
 * stores its hash. The CSRF token is derived from it and can only be read by a page of this origin:
 * to a browser, another port of the same host is the same site, so SameSite alone is not enough.
 */
const COOKIE = 'af_session';
const PREFIX = 'af_session_';
/** 256 bits. */
const LENGTH = 43;
/** A working day. Not extended by use, so a stolen cookie expires too. */
export const SESSION_SECONDS = 12 * 3_600;
/**
 * Cookies with our name that are checked: more than a browser keeps for one host. A page on another
 * port can add cookies with longer paths, which come first; they must not lock the operator out.
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

/** The CSRF token of a session. */
export const csrfTokenOf = (token: string): string => createHmac('sha256', token).update('csrf').digest('base64url');

/** Binds a session to the operator key that it was started with. */
export const operatorMac = (token: string, operatorHash: string): string =>
  createHmac('sha256', token).update(`operator\0${operatorHash}`).digest('hex');

/** Expired from the very millisecond of `expiresAt`. */
export const hasExpired = ({ expiresAt }: Pick<Session, 'expiresAt'>, now: number): boolean => now >= expiresAt.getTime();

/** The session tokens in the cookies of a request. */
export function tokensOf(request: FastifyRequest): string[] {
  const values = (request.headers.cookie ?? '').split(';').flatMap((pair) => {
    const [name, value = ''] = pair.trim().split('=', 2);
    return name === COOKIE ? [value] : [];
  });
  return values.slice(0, MOST_COOKIES);
}

/** `Set-Cookie` with the token. `secure`: sent over https only. */
export const cookieWith = (token: string, { secure }: { secure: boolean }): string =>
  `${COOKIE}=${token}; Max-Age=${SESSION_SECONDS}; ${ATTRIBUTES}${secure ? '; Secure' : ''}`;

const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Strict';

/** `Set-Cookie` that deletes the cookie, secure or not. */
export const NO_COOKIE = `${COOKIE}=; Max-Age=0; ${ATTRIBUTES}`;
