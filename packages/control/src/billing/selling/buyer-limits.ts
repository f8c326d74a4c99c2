import type { FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { createNetworkLimit, createWindowLimit, type NetworkShares, type Use, useAll, type WindowLimit } from '../../http/window-limit.ts';
import { TICKET_MS, type Tickets } from './ticket.ts';

const MINUTE_MS = 60_000;

/** Limits of requests to Stripe that buyers cause; Stripe limits the whole account. Per minute. */
export interface BuyerShares {
  /**
   * Checkouts without a key, for all buyers. A third is reserved for browsers that loaded the price
   * list.
   */
  checkouts: number;
  /** Checkouts without a key, per network. */
  checkoutsFrom: NetworkShares;
}

export const BUYER_SHARES: BuyerShares = { checkouts: 300, checkoutsFrom: { host: 20, site: 40, organization: 60 } };

const ANONYMOUS_SHARE = 2 / 3;
/** Buyers retry after changing their mind or closing the payment page. */
const CHECKOUTS_PER_TICKET = 5;
const CHECKOUTS_PER_CONSUMER = 30;
/** Checkouts read from Stripe, for all buyers. Beyond this, pages show the stored state. */
const REFRESHES = 300;
/** Portal sessions and checks of email addresses, for all customers. */
const PROOFS = 240;
const PROOFS_FROM: NetworkShares = { host: 40, site: 80, organization: 120 };
/** Checks of email addresses per key. */
const PROOFS_PER_KEY = 30;
const PROOF_WINDOW_MS = 60 * MINUTE_MS;

/** Limits the requests to Stripe that buyers cause. Called after every other check. */
export interface BuyerLimits {
  /** A checkout without a key. @throws ProblemError RATE_LIMITED */
  anonymous(request: FastifyRequest): void;
  /** A checkout for a consumer. @throws ProblemError RATE_LIMITED */
  consumer(consumerId: string): void;
  /** @returns false when Stripe must not be called now */
  mayRefresh(): boolean;
  /** A check of the email address of a key's customer. @throws ProblemError RATE_LIMITED */
  proof(request: FastifyRequest, keyId: string): void;
  /** The portal, by the cookie of a purchase. @throws ProblemError RATE_LIMITED */
  portal(request: FastifyRequest): void;
}

export function createBuyerLimits({ clock }: Pick<Context, 'clock'>, tickets: Tickets, shares: BuyerShares = BUYER_SHARES): BuyerLimits {
  const perMinute = (max: number): WindowLimit => createWindowLimit({ max, windowMs: MINUTE_MS }, clock);
  const all = perMinute(shares.checkouts);
  const anonymousShare = Math.floor(shares.checkouts * ANONYMOUS_SHARE);
  const anonymous = perMinute(anonymousShare);
  const ticketed = createWindowLimit({ max: CHECKOUTS_PER_TICKET, windowMs: TICKET_MS }, clock);
  const checkoutsFrom = createNetworkLimit(shares.checkoutsFrom, clock);
  const consumers = perMinute(CHECKOUTS_PER_CONSUMER);
  const refreshes = perMinute(REFRESHES);
  const proofs = perMinute(PROOFS);
  const proofsFrom = createNetworkLimit(PROOFS_FROM, clock);
  const proofsOf = createWindowLimit({ max: PROOFS_PER_KEY, windowMs: PROOF_WINDOW_MS }, clock);
  const usesOf = ({ ip }: FastifyRequest): Use[] => [
    ...proofsFrom.of(ip, 'such requests'),
    { limit: proofs, name: 'all', allows: `${PROOFS} such requests per minute are allowed for all customers together` },
  ];

  return {
    anonymous: (request) => {
      const ticket = tickets.nameOf(request);
      const reserved = ticket !== null && ticketed.waitSeconds(ticket) === null;
      useAll([
        ...checkoutsFrom.of(request.ip, 'checkouts'),
        reserved
          ? { limit: ticketed, name: ticket, allows: '' }
          : {
              limit: anonymous,
              name: 'all',
              allows: `${anonymousShare} checkouts per minute are allowed for buyers who have not loaded the price list`,
            },
        { limit: all, name: 'all', allows: `${shares.checkouts} checkouts per minute are allowed for all buyers together` },
      ]);
    },
    consumer: (consumerId) =>
      useAll([
        { limit: consumers, name: consumerId, allows: `${CHECKOUTS_PER_CONSUMER} checkouts per minute are allowed for one consumer` },
      ]),
    mayRefresh: () => {
      if (refreshes.waitSeconds('all') !== null) return false;
      refreshes.count('all');
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
