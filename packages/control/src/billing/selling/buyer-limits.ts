import type { FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { createNetworkLimit, createWindowLimit, type NetworkShares, type Use, useAll, type WindowLimit } from '../../http/window-limit.ts';
import { TICKET_MS, type Tickets } from './ticket.ts';

const MINUTE_MS = 60_000;

/** What the public may ask of Stripe, which limits the account as a whole. All numbers are per minute. */
export interface BuyerShares {
  /** Checkouts without a customer's key, of all buyers together. A third of them is kept for those who have loaded the price list. */
  checkouts: number;
  /** The same per network. */
  checkoutsFrom: NetworkShares;
}

export const BUYER_SHARES: BuyerShares = { checkouts: 300, checkoutsFrom: { host: 20, site: 40, organization: 60 } };

const STRANGERS_SHARE = 2 / 3;
/** A buyer who changes the mind, or whose payment page is closed, begins again. */
const CHECKOUTS_PER_TICKET = 5;
const CHECKOUTS_PER_CONSUMER = 30;
/** Looks at checkouts, of all buyers together. Beyond it a page shows what is stored, which the webhook brings up to date. */
const LOOKS = 300;
/** Openings of the portal, and questions whether an e-mail address is that of a key's customer. */
const PROOFS = 240;
const PROOFS_FROM: NetworkShares = { host: 40, site: 80, organization: 120 };
/** Guesses of the e-mail address of one key's customer. */
const PROOFS_PER_KEY = 30;
const PROOF_WINDOW_MS = 60 * MINUTE_MS;

/** Bounds what those without an operator's credential make us ask of Stripe. Called once all else is known to be right. */
export interface BuyerLimits {
  /** A checkout whose buyer is not known. @throws ProblemError RATE_LIMITED */
  stranger(request: FastifyRequest): void;
  /** A checkout for a consumer. @throws ProblemError RATE_LIMITED */
  consumer(consumerId: string): void;
  /** @returns false when Stripe is not to be asked now */
  mayLook(): boolean;
  /** An attempt to show who the customer of a key is. @throws ProblemError RATE_LIMITED */
  proof(request: FastifyRequest, keyId: string): void;
  /** The portal, for the browser that bought. @throws ProblemError RATE_LIMITED */
  portal(request: FastifyRequest): void;
}

export function createBuyerLimits({ clock }: Pick<Context, 'clock'>, tickets: Tickets, shares: BuyerShares = BUYER_SHARES): BuyerLimits {
  const perMinute = (max: number): WindowLimit => createWindowLimit({ max, windowMs: MINUTE_MS }, clock);
  const all = perMinute(shares.checkouts);
  const strangersShare = Math.floor(shares.checkouts * STRANGERS_SHARE);
  const strangers = perMinute(strangersShare);
  const ticketed = createWindowLimit({ max: CHECKOUTS_PER_TICKET, windowMs: TICKET_MS }, clock);
  const checkoutsFrom = createNetworkLimit(shares.checkoutsFrom, clock);
  const consumers = perMinute(CHECKOUTS_PER_CONSUMER);
  const looks = perMinute(LOOKS);
  const proofs = perMinute(PROOFS);
  const proofsFrom = createNetworkLimit(PROOFS_FROM, clock);
  const proofsOf = createWindowLimit({ max: PROOFS_PER_KEY, windowMs: PROOF_WINDOW_MS }, clock);
  const usesOf = ({ ip }: FastifyRequest): Use[] => [
    ...proofsFrom.of(ip, 'such requests'),
    { limit: proofs, name: 'all', allows: `${PROOFS} such requests per minute are allowed for all customers together` },
  ];

  return {
    stranger: (request) => {
      const ticket = tickets.nameOf(request);
      const reserved = ticket !== null && ticketed.waitSeconds(ticket) === null;
      const common = `${shares.checkouts} checkouts per minute are allowed for all buyers together`;
      useAll([
        ...checkoutsFrom.of(request.ip, 'checkouts'),
        reserved
          ? { limit: ticketed, name: ticket, allows: '' }
          : {
              limit: strangers,
              name: 'all',
              allows: `${strangersShare} checkouts per minute are allowed for buyers who have not loaded the price page`,
            },
        { limit: all, name: 'all', allows: common },
      ]);
    },
    consumer: (consumerId) =>
      useAll([
        { limit: consumers, name: consumerId, allows: `${CHECKOUTS_PER_CONSUMER} checkouts per minute are allowed for one consumer` },
      ]),
    mayLook: () => {
      if (looks.waitSeconds('all') !== null) return false;
      looks.count('all');
      return true;
    },
    proof: (request, keyId) =>
      useAll([
        { limit: proofsOf, name: keyId, allows: `${PROOFS_PER_KEY} such requests per hour are allowed with one key` },
        ...usesOf(request),
      ]),
    portal: (request) => useAll(usesOf(request)),
  };
}
