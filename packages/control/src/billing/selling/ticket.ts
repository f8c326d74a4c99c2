import { createHmac } from 'node:crypto';
import { randomBase62 } from '@api-factory/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { sameDigest } from '../../http/credential.ts';

/**
 * A ticket proves that a browser loaded the price list. A share of the checkouts is reserved for
 * browsers with one, so that scripted requests cannot use up the common limit. Not a credential: a
 * cookie with a time and a random name, signed with a secret of this process. A restart invalidates
 * all tickets.
 */
const COOKIE = 'af_buyer';
const PATH = '/api/billing';
const NAME_LENGTH = 16;
export const TICKET_MS = 2 * 60 * 60 * 1_000;
const SHAPE = /^(\d{1,16})\.([0-9A-Za-z]{16})\.([0-9a-f]{64})$/;

export interface Tickets {
  /** Sets a ticket, unless the browser has one that is valid for another hour. */
  give(request: FastifyRequest, reply: FastifyReply, publicUrl: string): void;
  /** The name of the request's ticket; null without a valid ticket. */
  nameOf(request: FastifyRequest): string | null;
}

/** Needs `@fastify/cookie` on the scope. */
export function createTickets({ clock, randomBytes }: Pick<Context, 'clock' | 'randomBytes'>): Tickets {
  const secret = randomBytes(32);
  const sign = (text: string): string => createHmac('sha256', secret).update(text).digest('hex');
  const read = (request: FastifyRequest): { name: string; leftMs: number } | null => {
    const [, endsAt, name, signature] = SHAPE.exec(request.cookies[COOKIE] ?? '') ?? [];
    if (endsAt === undefined || name === undefined || signature === undefined) return null;
    const leftMs = Number(endsAt) - clock.now();
    return leftMs > 0 && sameDigest(signature, sign(`${endsAt}.${name}`)) ? { name, leftMs } : null;
  };
  return {
    give: (request, reply, publicUrl) => {
      if ((read(request)?.leftMs ?? 0) > TICKET_MS / 2) return;
      const text = `${Math.floor(clock.now()) + TICKET_MS}.${randomBase62(NAME_LENGTH, randomBytes)}`;
      reply.setCookie(COOKIE, `${text}.${sign(text)}`, {
        path: PATH,
        httpOnly: true,
        sameSite: 'strict',
        secure: publicUrl.startsWith('https:'),
        maxAge: TICKET_MS / 1_000,
      });
    },
    nameOf: (request) => read(request)?.name ?? null,
  };
}
