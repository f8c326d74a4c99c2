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
 * Keys are shared with programs and colleagues. Stripe's pages show invoices, address and cards,
 * and can cancel: a key opens them only together with the customer's email address. The cookie of a
 * purchase is sufficient.
 */
export interface Proof {
  /** The email address in the request. */
  email: string | null;
  limits: BuyerLimits;
}

/**
 * The Stripe customer that the portal opens for.
 * @throws ProblemError UNAUTHORIZED without a key and without a purchase in this browser; as
 * `authenticateKey`; KEY_SUSPENDED when the operator suspended the key; NO_SUBSCRIPTION;
 * CUSTOMER_NOT_PROVEN; RATE_LIMITED; STRIPE_UNAVAILABLE, STRIPE_REJECTED
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
  if (!matchesAny(email, known)) throw new ProblemError('CUSTOMER_NOT_PROVEN');
  return customerId;
}

const ONLY_BROWSER = 'API keys do not open the portal. Use the browser of your purchase, or contact the operator.';

/**
 * The consumer of a checkout, whose email address and cards Stripe's payment page may show; null
 * without a key, or when the key has no consumer. Without a known email address there is nothing to
 * protect.
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
  if (known.length > 0 && !matchesAny(email, known)) throw new ProblemError('CUSTOMER_NOT_PROVEN');
  return consumerId;
}

function refuseSuspended({ operatorStatus }: BuyerKey): void {
  if (operatorStatus === 'suspended')
    throw new ProblemError('KEY_SUSPENDED', { detail: 'The operator suspended this key. Contact the operator to resume it.' });
}

/** The customer of the newest paid checkout whose cookie the request has; null without one. */
async function customerOfBrowser(context: Context, request: FastifyRequest): Promise<string | null> {
  const { mode } = requireBilling(context);
  const hashes = noncesOf(request).map(sha256Hex);
  const rows = await paidCheckouts(context.db, mode, hashes);
  return rows.find(({ sessionId, nonceHash }) => hasNonce(request, sessionId, nonceHash))?.customerId ?? null;
}

/** The address in Stripe, which the customer may have changed, and the one of the consumer. */
async function knownEmails(
  context: Context,
  { customerId, consumerId }: { customerId: string | null; consumerId: string | null },
): Promise<string[]> {
  const { stripe } = requireBilling(context);
  const [consumer, inStripe] = await Promise.all([
    consumerId === null ? null : findConsumer(context.db, consumerId),
    customerId === null ? null : askStripe(context, () => customerEmail(stripe, customerId)),
  ]);
  return [consumer?.email ?? null, inStripe].filter((email) => email !== null);
}

/** Compares with every address, so that timing does not reveal which one matches. */
const matchesAny = (email: string | null, known: readonly string[]): boolean =>
  known.map((one) => sameEmail(one, email ?? '')).includes(true);

export interface BuyerKey {
  id: string;
  operatorStatus: KeyStatus;
  entitlement: EntitlementRow;
}

/**
 * The key of the request, suspended ones included; null without a key.
 * @throws ProblemError as `authenticateKey` does
 */
export async function buyerKeyOf(context: Context, request: FastifyRequest): Promise<BuyerKey | null> {
  const key = await authenticateKey(context, request);
  if (key === null) return null;
  const entitlement = await findEntitlement(context.db, key.entitlementId);
  if (entitlement === null) throw new Error(`the entitlement ${key.entitlementId} of a key does not exist`);
  return { id: key.id, operatorStatus: key.operatorStatus, entitlement };
}

/**
 * Whether two email addresses are the same, ignoring surrounding spaces, case, and the spelling of
 * an international domain. RFC 5321, section 2.4, allows local parts that differ only in case; no
 * large provider uses that.
 */
export const sameEmail = (a: string, b: string): boolean => normal(a) === normal(b);

function normal(email: string): string {
  const text = email.trim().normalize('NFC').toLowerCase();
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  return text.slice(0, at + 1) + (domainToASCII(domain) || domain);
}
