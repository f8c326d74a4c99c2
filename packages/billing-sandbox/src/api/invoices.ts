import { attemptPayment, finalizeInvoice, markPaid } from '../engine/pay-invoice.ts';
import { giveUpInvoice, voidInvoice } from '../engine/settle.ts';
import type { Invoice, InvoicePayment } from '../objects/types.ts';
import type { State } from '../state.ts';
import { declined } from './create-subscription.ts';
import { createdParams, isAsked, newestFirst, page, pageParams } from './page.ts';
import { flag, text } from './params.ts';
import type { Route } from './route.ts';
import { invalid, missing } from './stripe-error.ts';

/** `/v1/invoices` and `/v1/invoice_payments`. Invoices come from subscriptions only. */
export const invoiceRoutes: Route[] = [
  {
    method: 'GET',
    path: '/v1/invoices',
    params: [...pageParams, ...createdParams, 'customer', 'subscription', 'status', 'collection_method'],
    handle({ runtime, params }) {
      const keep = (invoice: Invoice) =>
        isAsked(params, 'customer', invoice.customer) &&
        isAsked(params, 'subscription', invoice.parent?.subscription_details.subscription ?? null) &&
        isAsked(params, 'status', invoice.status) &&
        isAsked(params, 'collection_method', invoice.collection_method);
      return page(params, '/v1/invoices', newestFirst(params, runtime.state.invoices, keep));
    },
  },
  { method: 'GET', path: '/v1/invoices/:id', params: [], handle: ({ runtime, path }) => invoiceOf(runtime.state, path.id) },
  {
    method: 'GET',
    path: '/v1/invoices/:id/lines',
    params: pageParams,
    handle: ({ runtime, params, path }) => {
      const invoice = invoiceOf(runtime.state, path.id);
      return page(params, `/v1/invoices/${invoice.id}/lines`, invoice.lines.data);
    },
  },
  {
    method: 'POST',
    path: '/v1/invoices/:id/finalize',
    params: ['auto_advance'],
    handle({ runtime, path }) {
      const invoice = invoiceOf(runtime.state, path.id, 'draft');
      finalizeInvoice(runtime, invoice);
      return invoice;
    },
  },
  {
    method: 'POST',
    path: '/v1/invoices/:id/pay',
    params: ['paid_out_of_band', 'payment_method', 'off_session'],
    handle({ runtime, params, path }) {
      const invoice = invoiceOf(runtime.state, path.id);
      if (invoice.status === 'draft') finalizeInvoice(runtime, invoice);
      if (invoice.status === 'paid') throw invalid('Invoice is already paid', undefined, 'invoice_already_paid');
      if (invoice.status === 'void') throw invalid('Invoice is voided and cannot be paid.');
      if (flag(params, 'paid_out_of_band')) markPaid(runtime, invoice, true);
      else if (!attemptPayment(runtime, invoice)) throw declined();
      return invoice;
    },
  },
  {
    method: 'POST',
    path: '/v1/invoices/:id/void',
    params: [],
    handle({ runtime, path }) {
      const invoice = invoiceOf(runtime.state, path.id, 'open', 'uncollectible');
      voidInvoice(runtime, invoice);
      return invoice;
    },
  },
  {
    method: 'POST',
    path: '/v1/invoices/:id/mark_uncollectible',
    params: [],
    handle({ runtime, path }) {
      const invoice = invoiceOf(runtime.state, path.id, 'open');
      giveUpInvoice(runtime, invoice);
      return invoice;
    },
  },
  {
    method: 'GET',
    path: '/v1/invoice_payments',
    params: [...pageParams, ...createdParams, 'invoice', 'status', 'payment.type', 'payment.payment_intent'],
    handle({ runtime, params }) {
      const intent = text(params, 'payment.payment_intent');
      const keep = (payment: InvoicePayment) =>
        isAsked(params, 'invoice', payment.invoice) &&
        isAsked(params, 'status', payment.status) &&
        (!intent || payment.payment.payment_intent === intent);
      return page(params, '/v1/invoice_payments', newestFirst(params, runtime.state.invoicePayments, keep));
    },
  },
  {
    method: 'GET',
    path: '/v1/invoice_payments/:id',
    params: [],
    handle({ runtime, path }) {
      const payment = runtime.state.invoicePayments[path.id ?? ''];
      if (!payment) throw missing('invoice_payment', path.id ?? '');
      return payment;
    },
  },
];

/** @throws StripeError 404, or 400 when its status is not one of `allowed` (if given) */
function invoiceOf(state: State, id: string | undefined, ...allowed: Invoice['status'][]): Invoice {
  const invoice = state.invoices[id ?? ''];
  if (!invoice) throw missing('invoice', id ?? '');
  if (allowed.length === 0 || allowed.includes(invoice.status)) return invoice;
  throw invalid(`This invoice is ${invoice.status}; it must be ${allowed.join(' or ')}.`, undefined, 'invoice_not_editable');
}
