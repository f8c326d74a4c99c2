import { domainToASCII } from 'node:url';
import type { KeyStatus } from '@api-factory/core';
import { ProblemError } from '@api-factory/core';
import type { FastifyRequest } from 'fastify';
import { findConsumer } from '../../consumers/store.ts';
import type { Context } from '../../context.ts';
import { type EntitlementRow, findEntitlement } from '../../entitlements/store.ts';
import { failedCredential, sha256Hex } from '../../http/credential.ts';
import { authenticateKey } from '../../keys/authenticate.ts';
import { requireBilling } from '../billing.ts';
import { customerOfConsumer, customerOfEntitlement, paidCheckouts } from '../store/checkouts.ts';
import { customerEmail } from '../stripe/checkout.ts';
import { askStripe } from '../stripe/errors.ts';
import type { BuyerLimits } from './buyer-limits.ts';
import { hasNonce, noncesOf } from './nonce.ts';

/**
 * Keys are handed to programs and to colleagues, and show nothing of whoever pays. Stripe's pages do: invoices, address, cards, cancellation. So a
 * key opens them only together with the customer's e-mail address, or in the browser that bought.
 */
export interface Proof {
  /** The e-mail address that came along. */
  email: string | null;
  limits: BuyerLimits;
}

/**
 * The Stripe customer that the portal opens for.
 * @throws ProblemError UNAUTHORIZED without a key, in a browser that bought nothing; as `authenticateKey`; KEY_SUSPENDED for a key that the operator
 * suspended; NO_SUBSCRIPTION; CUSTOMER_NOT_PROVEN; RATE_LIMITED; STRIPE_UNAVAILABLE, STRIPE_REJECTED
 */
export async function portalCustomer(context: Context, request: FastifyRequest, { email, limits }: Proof): Promise<string> {
  const { mode, portalByKey } = requireBilling(context);
  const key = await buyerKeyOf(context, request);
  if (key === null || email === null) {
    const customerId = await customerOfBrowser(context, request);
    if (customerId !== null) {
      limits.portal(request);
      return customerId;
    }
  }
  if (key === null) throw await failedCredential(context, request, false);
  refuseSuspended(key);
  if (!portalByKey) throw new ProblemError('CUSTOMER_NOT_PROVEN', { detail: ONLY_BROWSER });
  const customerId = await customerOfEntitlement(context.db, mode, key.entitlement.id);
  if (customerId === null) throw new ProblemError('NO_SUBSCRIPTION');
  limits.proof(request, key.id);
  const known = await knownEmails(context, { customerId, consumerId: key.entitlement.consumerId });
  if (!isAmong(email, known)) throw new ProblemError('CUSTOMER_NOT_PROVEN');
  return customerId;
}

const ONLY_BROWSER = 'Here the portal opens in the browser that bought, not by an API key. Elsewhere, ask the operator.';

/**
 * The consumer that a checkout is for, and whose e-mail address and cards Stripe's pay page may show; null when the request carries no key, or one
 * without a consumer. A consumer of whom nobody knows an e-mail address has none that could be shown.
 * @throws ProblemError as `portalCustomer`
 */
export async function checkoutConsumer(context: Context, request: FastifyRequest, { email, limits }: Proof): Promise<string | null> {
  const { mode } = requireBilling(context);
  const key = await buyerKeyOf(context, request);
  const consumerId = key?.entitlement.consumerId ?? null;
  if (key === null || consumerId === null) return null;
  refuseSuspended(key);
  const customer = await customerOfConsumer(context.db, mode, consumerId);
  if (customer !== null && customer.id === (await customerOfBrowser(context, request))) return consumerId;
  limits.proof(request, key.id);
  const known = await knownEmails(context, { customerId: customer === null || customer.deleted ? null : customer.id, consumerId });
  if (known.length > 0 && !isAmong(email, known)) throw new ProblemError('CUSTOMER_NOT_PROVEN');
  return consumerId;
}

function refuseSuspended({ operatorStatus }: BuyerKey): void {
  if (operatorStatus === 'suspended')
    throw new ProblemError('KEY_SUSPENDED', { detail: 'The operator suspended this key. Ask the operator to resume it.' });
}

/** The customer of the newest paid checkout that this browser has the cookie of; null when it has none. */
async function customerOfBrowser(context: Context, request: FastifyRequest): Promise<string | null> {
  const { mode } = requireBilling(context);
  const hashes = noncesOf(request).map(sha256Hex);
  const rows = await paidCheckouts(context.db, mode, hashes);
  return rows.find(({ sessionId, nonceHash }) => hasNonce(request, sessionId, nonceHash))?.customerId ?? null;
}

/** The address that Stripe has now, which the customer may have changed there, and the one that the operator has. */
async function knownEmails(
  context: Context,
  { customerId, consumerId }: { customerId: string | null; consumerId: string | null },
): Promise<string[]> {
  const { stripe } = requireBilling(context);
  const [consumer, atStripe] = await Promise.all([
    consumerId === null ? null : findConsumer(context.db, consumerId),
    customerId === null ? null : askStripe(context, () => customerEmail(stripe, customerId)),
  ]);
  return [consumer?.email ?? null, atStripe].filter((email) => email !== null);
}

/** Compares with each, so that the time does not tell which fits. */
const isAmong = (email: string | null, known: readonly string[]): boolean => known.map((one) => sameEmail(one, email ?? '')).includes(true);

/** The API key that a request carries. */
export interface BuyerKey {
  id: string;
  /** What the operator says of it. */
  operatorStatus: KeyStatus;
  entitlement: EntitlementRow;
}

/**
 * The key that the request carries, suspended ones too; null when it carries none.
 * @throws ProblemError as `authenticateKey` does
 */
export async function buyerKeyOf(context: Context, request: FastifyRequest): Promise<BuyerKey | null> {
  const key = await authenticateKey(context, request);
  if (key === null) return null;
  const entitlement = await findEntitlement(context.db, key.entitlementId);
  if (entitlement === null) throw new Error(`the entitlement ${key.entitlementId} of a key is not there`);
  return { id: key.id, operatorStatus: key.operatorStatus, entitlement };
}

/**
 * Whether two e-mail addresses reach the same mailbox, as far as their text tells: spaces around them, upper and lower case, and the two ways
 * to write an international domain make no difference. RFC 5321, section 2.4, allows local parts that differ only in case; no large provider uses that.
 */
export const sameEmail = (a: string, b: string): boolean => normal(a) === normal(b);

function normal(email: string): string {
  const text = email.trim().normalize('NFC').toLowerCase();
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  return text.slice(0, at + 1) + (domainToASCII(domain) || domain);
}
