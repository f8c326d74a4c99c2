import { idOf } from '../stripe/events.ts';
import type { BilledApp } from './billed-app.ts';

export interface Bought {
  sessionId: string;
  customerId: string;
  subscriptionId: string;
}

/** A monthly price in Stripe that is linked to a plan. */
export async function aMappedPrice(app: BilledApp, planId = 'pro', amountCents = 4_900): Promise<string> {
  const { stripe, mode } = app.context.billing!;
  const product = await stripe.products.create({ name: planId });
  const price = await stripe.prices.create({
    product: product.id,
    unit_amount: amountCents,
    currency: 'usd',
    recurring: { interval: 'month' },
  });
  await app.database.db
    .insertInto('stripe_prices')
    .values({
      mode,
      id: price.id,
      plan_id: planId,
      product_id: product.id,
      amount_cents: amountCents,
      currency: 'usd',
      interval: 'month',
      active: false,
      created_at: new Date(app.context.clock.now()),
    })
    .execute();
  return price.id;
}

/** A paid checkout in Stripe, of a new customer by default. */
export async function buy(app: BilledApp, priceId: string, customer?: string): Promise<Bought> {
  const { stripe } = app.context.billing!;
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: priceId, quantity: 1 }],
    success_url: 'http://localhost/done',
    ...(customer ? { customer } : {}),
  });
  app.sandbox.controls.pay({ sessionId: session.id, outcome: 'pays', ...(customer ? {} : { email: 'buyer@example.com' }) });
  const paid = await stripe.checkout.sessions.retrieve(session.id);
  return { sessionId: session.id, customerId: idOf(paid.customer), subscriptionId: idOf(paid.subscription) };
}

/** The stored billing rows. */
export async function stored({ database: { db } }: BilledApp) {
  const [subscriptions, entitlements, consumers, customers] = await Promise.all([
    db.selectFrom('subscriptions').selectAll().orderBy('created_at').orderBy('id').execute(),
    db.selectFrom('entitlements').selectAll().where('source', '=', 'subscription').orderBy('created_at').execute(),
    db.selectFrom('consumers').selectAll().execute(),
    db.selectFrom('stripe_customers').selectAll().orderBy('id').execute(),
  ]);
  return { subscriptions, entitlements, consumers, customers };
}
