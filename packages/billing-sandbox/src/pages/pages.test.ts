import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestSandbox, testSandbox } from '../testing/sandbox.ts';
import { CANCEL, SUCCESS, type Visitor, visitorOf } from '../testing/visitor.ts';

let sandbox: TestSandbox;
let stripe: Stripe;
let { aPrice, aSession, open, send, statusOf, signedIn } = {} as Visitor;
beforeEach(async () => {
  sandbox = await testSandbox();
  ({ stripe, aPrice, aSession, open, send, statusOf, signedIn } = visitorOf(sandbox));
});
afterEach(() => sandbox.close());

describe('the pay page', () => {
  it('shows the product, the price and that it is not Stripe', async () => {
    const { path } = await aSession();
    const { body, status } = await open(path);
    expect(status).toBe(200);
    for (const text of ['local sandbox, not Stripe', 'Pro', '$49.00 per month', 'name="email"', 'Back without paying']) {
      expect(body).toContain(text);
    }
  });

  it('requests an e-mail address only if the session has none', async () => {
    const { path } = await aSession({ customer_email: 'a@example.com' });
    const { body } = await open(path);
    expect(body).not.toContain('name="email"');
    expect(body).toContain('a@example.com');
  });

  it('redirects to the success URL with the session id after a payment', async () => {
    const { id, path } = await aSession();
    const reply = await send(path, { outcome: 'pays', email: 'buyer@example.com' });
    expect(reply.status).toBe(303);
    expect(reply.headers.location).toBe(SUCCESS.replace('{CHECKOUT_SESSION_ID}', id));
    const session = await stripe.checkout.sessions.retrieve(id);
    expect(session).toMatchObject({ status: 'complete', customer_details: { email: 'buyer@example.com' } });
    expect((await open(path)).body).toContain('This checkout is complete.');
  });

  it('allows another attempt after a decline', async () => {
    const { id, path } = await aSession();
    const declined = await send(path, { outcome: 'declines', email: 'a@example.com' });
    expect(declined.headers.location).toBe(`${path}?declined`);
    expect((await open(`${path}?declined`)).body).toContain('declined');
    expect(await statusOf(id)).toBe('open');
    expect((await send(path, { outcome: 'pays', email: 'a@example.com' })).headers.location).toContain('/checkout/done');
    expect(await statusOf(id)).toBe('complete');
  });

  it.each([
    ['true', 'complete'],
    ['false', 'open'],
  ])('requires the bank’s confirmation; succeeds=%s leaves the session %s', async (succeeds, status) => {
    const { id, path } = await aSession();
    const step = await send(path, { outcome: 'needs_action', email: 'a@example.com' });
    expect(step.headers.location).toBe(`${path}/confirm`);
    expect((await open(`${path}/confirm`)).body).toContain('Confirm');
    await send(`${path}/confirm`, { succeeds });
    expect(await statusOf(id)).toBe(status);
  });

  it('redirects to the cancel URL and expires the session when it is abandoned', async () => {
    const { id, path } = await aSession();
    expect((await send(path, { outcome: 'abandons' })).headers.location).toBe(CANCEL);
    expect(await statusOf(id)).toBe('expired');
    expect((await open(path)).body).toContain('expired');
    expect((await send(path, { outcome: 'pays' })).status).toBe(400);
  });

  it('allows its form to redirect only to the sandbox and the seller', async () => {
    const { path } = await aSession();
    expect((await open(path)).headers['content-security-policy']).toContain("form-action 'self' http://localhost:8787;");
  });

  it('returns 404 for an unknown session, including Object.prototype names, and 400 for an unknown outcome', async () => {
    const { path } = await aSession();
    for (const id of ['cs_test_none', '__proto__', 'constructor']) expect((await open(`/pay/${id}`)).status, id).toBe(404);
    expect((await send(path, { outcome: 'steals' })).status).toBe(400);
  });
});

it('no page renders foreign text as markup or links to a javascript: URL', async () => {
  const evil = `"><script>alert(1)</script>'&`;
  const price = await aPrice({ name: evil });
  const { id, path } = await aSession({ line_items: [{ price, quantity: 1 }], cancel_url: 'javascript:alert(1)' });
  const pages = [await open(path), await open(`/pay/${encodeURIComponent(evil)}`), await open(`/portal/${encodeURIComponent(evil)}`)];
  await send(path, { outcome: 'pays', email: 'a@example.com' });
  const customer = String((await stripe.checkout.sessions.retrieve(id)).customer);
  await stripe.customers.update(customer, { email: `${evil}@example.com`, name: evil });
  const portal = await stripe.billingPortal.sessions.create({ customer, return_url: 'http://localhost:8787/back"onclick=x' });
  pages.push(await open(new URL(portal.url).pathname), await open('/', await signedIn()));
  for (const { body } of pages) {
    expect(body).not.toContain('<script');
    expect(body).not.toContain('javascript:');
    expect(body).not.toContain('"onclick');
  }
  expect(pages[0]?.body).toContain('&#60;script&#62;');
});

describe('the portal', () => {
  /** A paid subscription and the path of its customer's portal. */
  async function aPortal() {
    const { id, path } = await aSession();
    await send(path, { outcome: 'pays', email: 'a@example.com' });
    const session = await stripe.checkout.sessions.retrieve(id);
    const customer = String(session.customer);
    const subscription = String(session.subscription);
    const portal = await stripe.billingPortal.sessions.create({ customer, return_url: 'http://localhost:8787/back' });
    return { customer, subscription, path: new URL(portal.url).pathname };
  }

  it('shows the subscription, its next payment and the return link', async () => {
    const { path } = await aPortal();
    const { body } = await open(path);
    for (const text of ['local sandbox, not Stripe', 'Pro', 'active', 'Next payment: $49.00 on', 'http://localhost:8787/back']) {
      expect(body).toContain(text);
    }
  });

  it('can cancel at the end of the period, undo that, and cancel now', async () => {
    const { subscription, path } = await aPortal();
    expect((await send(`${path}/cancel-at-period-end`, { subscription })).headers.location).toBe(path);
    expect((await stripe.subscriptions.retrieve(subscription)).cancel_at).not.toBeNull();
    expect((await open(path)).body).toContain('Ends on');
    await send(`${path}/resume`, { subscription });
    expect(await stripe.subscriptions.retrieve(subscription)).toMatchObject({ cancel_at_period_end: false, cancel_at: null });
    await send(`${path}/cancel-now`, { subscription });
    expect((await stripe.subscriptions.retrieve(subscription)).status).toBe('canceled');
  });

  it('changes the plan to another active price', async () => {
    const { subscription, path } = await aPortal();
    const price = await aPrice({ name: 'Enterprise', amount: 49_900 });
    expect((await open(path)).body).toContain('Enterprise, $499.00 per month');
    await send(`${path}/change-plan`, { subscription, price });
    expect((await stripe.subscriptions.retrieve(subscription)).items.data[0]?.price.id).toBe(price);
  });

  it('pays open invoices', async () => {
    const { customer, subscription, path } = await aPortal();
    sandbox.controls.failPayments({ customerId: customer, times: 1 });
    sandbox.controls.advance({ seconds: 32 * 86_400 });
    expect((await stripe.subscriptions.retrieve(subscription)).status).toBe('past_due');
    expect((await open(path)).body).toContain('Unpaid: $49.00');
    await send(`${path}/pay`, {});
    expect((await stripe.subscriptions.retrieve(subscription)).status).toBe('active');
  });

  it('lists invoices and charges a changed card from then on', async () => {
    const { subscription, path } = await aPortal();
    const before = (await open(path)).body;
    expect(before).toContain('•••• 4242');
    expect(before).toMatch(/<h2>Invoices<\/h2>.*\$49\.00.*paid/s);
    await send(`${path}/change-card`, { card: 'declining' });
    expect((await open(path)).body).toContain('•••• 0341');
    sandbox.controls.advance({ seconds: 32 * 86_400 });
    expect((await stripe.subscriptions.retrieve(subscription)).status).toBe('past_due');
    await send(`${path}/change-card`, { card: 'working' });
    sandbox.controls.advance({ seconds: 8 * 86_400 });
    expect((await stripe.subscriptions.retrieve(subscription)).status).toBe('active');
  });

  it('can’t change the subscription of another customer', async () => {
    const own = await aPortal();
    const other = await aPortal();
    const reply = await send(`${own.path}/cancel-now`, { subscription: other.subscription });
    expect(reply.status).toBe(404);
    expect((await stripe.subscriptions.retrieve(other.subscription)).status).toBe('active');
  });
});
