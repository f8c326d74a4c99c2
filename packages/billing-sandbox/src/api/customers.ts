import { cancelNow } from '../engine/cancel.ts';
import { isAlive } from '../engine/settle.ts';
import { attachCard, makeCustomer } from '../objects/customer.ts';
import type { Customer, Deleted } from '../objects/types.ts';
import { change, type Runtime } from '../runtime.ts';
import type { State } from '../state.ts';
import { createdParams, isAsked, newestFirst, page, pageParams } from './page.ts';
import { metadata, type Params, text } from './params.ts';
import type { Route } from './route.ts';
import { invalid, missing } from './stripe-error.ts';

const fields = ['email', 'name', 'description', 'phone', 'metadata.*', 'invoice_settings.default_payment_method'] as const;

/**
 * `/v1/customers`. A customer's card is one of Stripe's test cards: `pm_card_visa` pays,
 * `pm_card_chargeCustomerFail` does not.
 */
export const customerRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/customers',
    params: [...fields, 'payment_method', 'test_clock'],
    handle({ runtime, params }) {
      const customer = makeCustomer(runtime, {
        email: text(params, 'email') ?? null,
        name: text(params, 'name') ?? null,
        description: text(params, 'description') ?? null,
        phone: text(params, 'phone') ?? null,
        metadata: metadata(params, 'metadata'),
      });
      const card = text(params, 'invoice_settings.default_payment_method') ?? text(params, 'payment_method');
      if (card) attachTestCard(runtime, customer, card);
      runtime.emit('customer.created', customer);
      return customer;
    },
  },
  {
    method: 'GET',
    path: '/v1/customers',
    params: [...pageParams, ...createdParams, 'email', 'test_clock'],
    handle: ({ runtime, params }) =>
      page(
        params,
        '/v1/customers',
        newestFirst(params, runtime.state.customers, (one) => isAsked(params, 'email', one.email)),
      ),
  },
  {
    method: 'GET',
    path: '/v1/customers/:id',
    params: [],
    handle: ({ runtime, path }) => runtime.state.deleted[path.id ?? ''] ?? customerOf(runtime.state, path.id),
  },
  {
    method: 'POST',
    path: '/v1/customers/:id',
    params: fields,
    handle({ runtime, params, path }) {
      const customer = customerOf(runtime.state, path.id);
      const card = text(params, 'invoice_settings.default_payment_method');
      if (card) replaceCard(runtime, customer, card);
      change(runtime, { type: 'customer.updated', object: customer, patch: patchOf(params, customer) });
      return customer;
    },
  },
  {
    method: 'DELETE',
    path: '/v1/customers/:id',
    params: [],
    handle: ({ runtime, path }) => deleteCustomer(runtime, customerOf(runtime.state, path.id)),
  },
];

/** @throws StripeError 404, or 400 if `param` names the id's parameter */
export function customerOf(state: State, id: string | undefined | null, param?: string): Customer {
  const customer = state.customers[id ?? ''];
  if (!customer) throw missing('customer', id ?? '', param);
  return customer;
}

/** Cancels the customer's subscriptions and deletes the customer. */
function deleteCustomer(runtime: Runtime, customer: Customer): Deleted {
  for (const subscription of Object.values(runtime.state.subscriptions)) {
    if (subscription.customer === customer.id && isAlive(subscription)) cancelNow(runtime, subscription, 'cancellation_requested');
  }
  const deleted: Deleted = { id: customer.id, object: 'customer', deleted: true };
  delete runtime.state.customers[customer.id];
  runtime.state.deleted[customer.id] = deleted;
  runtime.emit('customer.deleted', customer);
  return deleted;
}

function attachTestCard(runtime: Runtime, customer: Customer, card: string): string {
  const own = runtime.state.paymentMethods[card];
  if (own?.customer === customer.id) return card;
  if (card !== 'pm_card_visa' && card !== 'pm_card_chargeCustomerFail') throw missing('PaymentMethod', card, 'payment_method');
  return attachCard(runtime, customer, card === 'pm_card_chargeCustomerFail');
}

function replaceCard(runtime: Runtime, customer: Customer, card: string): void {
  const before = { ...customer.invoice_settings };
  customer.invoice_settings.default_payment_method = null;
  const id = attachTestCard(runtime, customer, card);
  customer.invoice_settings = before;
  change(runtime, {
    type: 'customer.updated',
    object: customer,
    patch: { invoice_settings: { ...before, default_payment_method: id } },
  });
}

function patchOf(params: Params, customer: Customer): Partial<Customer> {
  const email = text(params, 'email');
  if (email && !email.includes('@')) throw invalid(`Invalid email address: ${email}`, 'email', 'email_invalid');
  const name = text(params, 'name');
  const description = text(params, 'description');
  const phone = text(params, 'phone');
  return {
    metadata: metadata(params, 'metadata', customer.metadata),
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(phone === undefined ? {} : { phone }),
  };
}
