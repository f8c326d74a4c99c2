import type Stripe from 'stripe';

/** The stored part of an event: which customer to sync. */
export interface Notice {
  id: string;
  type: string;
  apiVersion: string | null;
  objectType: string;
  /** Empty when the object has none (`invoice.upcoming`). */
  objectId: string;
  /** null when the payload names no customer. */
  customerId: string | null;
  createdAt: Date;
  livemode: boolean;
  /** The connected account that it belongs to; null for the installation's own account. */
  account: string | null;
}

interface Payload {
  object?: unknown;
  id?: unknown;
  customer?: unknown;
}

/**
 * Reads an event of any API version: fields that are missing or of another type count as absent.
 */
export function noticeOf(event: Stripe.Event): Notice | null {
  if (typeof event?.id !== 'string' || typeof event.type !== 'string' || typeof event.created !== 'number') return null;
  const object: Payload = event.data?.object ?? {};
  const objectType = textOf(object.object);
  return {
    id: event.id,
    type: event.type,
    apiVersion: event.api_version ?? null,
    objectType,
    objectId: textOf(object.id),
    customerId: (objectType === 'customer' ? textOf(object.id) : idOf(object.customer)) || null,
    createdAt: new Date(event.created * 1_000),
    livemode: event.livemode === true,
    account: event.account ?? null,
  };
}

/** All events from `since` on, newest first. Stripe keeps them for 30 days. */
export async function* eventsSince(stripe: Stripe, since: Date): AsyncGenerator<Notice> {
  const list = stripe.events.list({ created: { gte: Math.floor(since.getTime() / 1_000) }, limit: 100 });
  for await (const event of list) {
    const notice = noticeOf(event);
    if (notice) yield notice;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A reference is an id, or the object itself when expanded. */
export const idOf = (reference: unknown): string =>
  typeof reference === 'object' && reference !== null ? textOf((reference as Payload).id) : textOf(reference);
