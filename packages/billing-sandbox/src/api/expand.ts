import { clockId } from '../api-version.ts';
import { testClock } from '../objects/account.ts';
import { lineItems } from '../objects/checkout-session.ts';
import { isList, present } from '../objects/present.ts';
import type { Runtime } from '../runtime.ts';
import type { State } from '../state.ts';
import { invalid } from './stripe-error.ts';

type Json = Record<string, unknown>;

/**
 * Replaces ids with objects in a copy from `present`, for paths such as `data.latest_invoice`. Some
 * fields exist only when expanded (`line_items` of a checkout session, `payments` of an invoice).
 * Throws for a field that can't be expanded.
 */
export function expand(runtime: Runtime, copy: Json, paths: string[]): Json {
  for (const path of paths) {
    if (path.split('.').filter((key) => key !== 'data').length > 4)
      throw invalid('You cannot expand more than 4 levels of a property.', 'expand');
    step(runtime, { value: copy, path, rest: path.split('.') });
  }
  return copy;
}

/** The object with this id, of any kind, or undefined. */
export function findObject(state: State, id: string): object | undefined {
  for (const [kind, objects] of Object.entries(state)) {
    if (kind === 'inner' || typeof objects !== 'object') continue;
    const found = (objects as Record<string, object>)[id];
    if (found) return found;
  }
  return undefined;
}

function step(runtime: Runtime, at: { value: unknown; path: string; rest: string[] }): void {
  const [key, ...rest] = at.rest;
  if (key === undefined) return;
  if (Array.isArray(at.value)) {
    for (const entry of at.value) step(runtime, { ...at, value: entry });
    return;
  }
  if (typeof at.value !== 'object' || at.value === null) return;
  const holder = at.value as Json;
  if (!(key in holder)) {
    const included = include(runtime, holder, key);
    if (!included) throw invalid(`This property cannot be expanded (${at.path}).`, 'expand');
    holder[key] = included;
  } else if (typeof holder[key] === 'string') {
    const found = holder[key] === clockId ? testClock(runtime) : findObject(runtime.state, holder[key]);
    if (!found) throw invalid(`This property cannot be expanded (${at.path}).`, 'expand');
    holder[key] = present(found);
  } else if (rest.length === 0 && holder[key] !== null && typeof holder[key] !== 'object' && !isList(holder[key])) {
    throw invalid(`This property cannot be expanded (${at.path}).`, 'expand');
  }
  step(runtime, { ...at, value: holder[key], rest });
}

/** Fields that exist only when expanded. */
function include(runtime: Runtime, holder: Json, key: string): Json | null {
  const { state } = runtime;
  const id = String(holder.id);
  const name = `${holder.object}.${key}`;
  const list = (data: object[], url: string) => present({ object: 'list', data, has_more: false, url });
  if (name === 'checkout.session.line_items') return cutList(list(lineItems(runtime, id), `/v1/checkout/sessions/${id}/line_items`));
  if (name === 'invoice.payments') {
    const payments = Object.values(state.invoicePayments).filter(({ invoice }) => invoice === id);
    return cutList(list(payments.reverse(), `/v1/invoice_payments?invoice=${id}`));
  }
  if (name === 'customer.subscriptions') {
    const own = Object.values(state.subscriptions).filter(({ customer, status }) => customer === id && status !== 'canceled');
    return cutList(list(own.reverse(), `/v1/customers/${id}/subscriptions`));
  }
  if (name === 'charge.refunds') {
    const refunds = Object.values(state.refunds).filter(({ charge }) => charge === id);
    return cutList(list(refunds.reverse(), `/v1/charges/${id}/refunds`));
  }
  return null;
}

function cutList(list: Json): Json {
  const data = list.data as object[];
  return { ...list, data: data.slice(0, 10).map(present), has_more: data.length > 10 };
}
