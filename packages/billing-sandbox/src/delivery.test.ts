import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openShop, type Shop } from './engine/testing/shop.ts';
import { signatureHeader } from './signature.ts';

let shop: Shop;
let receiver: Receiver;
beforeEach(async () => {
  shop = await openShop();
  receiver = await openReceiver();
  shop.sandbox.deliverTo(receiver.url);
});
afterEach(async () => {
  await shop.sandbox.close();
  await receiver.close();
});

type Receiver = {
  url: string;
  got: { body: string; signature: string }[];
  /** The statuses of the next responses; 200 when empty. */
  answers: number[];
  types(): string[];
  close(): Promise<void>;
};

async function openReceiver(): Promise<Receiver> {
  const got: Receiver['got'] = [];
  const answers: number[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      got.push({ body: Buffer.concat(chunks).toString(), signature: String(request.headers['stripe-signature']) });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    got,
    answers,
    types: () => got.map(({ body }) => JSON.parse(body).type),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const verify = (got: { body: string; signature: string }, secret = shop.sandbox.webhookSecret, at = shop.clock.seconds) =>
  shop.stripe.webhooks.constructEvent(got.body, got.signature, secret, 300, undefined, at * 1000);

describe('delivered events', () => {
  test('the stripe package accepts the signature and would generate the same', async () => {
    await shop.buy();
    await shop.sandbox.idle();
    expect(receiver.got).toHaveLength(12);
    for (const got of receiver.got) expect(verify(got).livemode).toBe(false);
    const payload = receiver.got[0]?.body ?? '';
    const generated = Stripe.webhooks.generateTestHeaderString({ payload, secret: 's', timestamp: 12, scheme: 'v1' });
    expect(signatureHeader(payload, { secret: 's', seconds: 12 })).toBe(generated);
  });

  test('a signature has the real time, even after the sandbox’s clock is advanced', async () => {
    shop.sandbox.controls.advance({ seconds: 86_400 });
    await shop.sandbox.idle();
    expect(receiver.got.at(-1)?.signature).toContain(`t=${shop.clock.seconds},`);
    expect(JSON.parse(receiver.got.at(-1)?.body ?? '')).toMatchObject({
      type: 'test_helpers.test_clock.ready',
      created: shop.clock.seconds + 86_400,
    });
  });

  test('an event answered with 503 is sent again', async () => {
    receiver.answers.push(503);
    await shop.stripe.customers.create({ name: 'a' });
    await shop.sandbox.idle();
    expect(receiver.types()).toEqual(['customer.created', 'customer.created']);
    expect(shop.sandbox.controls.events().at(-1)).toMatchObject({ type: 'customer.created', delivered: 1 });
  });

  test('a receiver that never responds does not keep the sandbox from closing', async () => {
    const other = await openShop();
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const received = new Promise((resolve) => silent.once('request', resolve));
    other.sandbox.deliverTo(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`);
    await other.stripe.customers.create({ name: 'a' });
    await received;
    await other.sandbox.close();
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });

  test('events are delivered several times if the settings say so', async () => {
    shop.sandbox.controls.delivery({ mode: 'normal', times: 3, shuffle: true });
    await shop.buy();
    await shop.sandbox.idle();
    expect(receiver.got).toHaveLength(36);
  });

  test('an endpoint gets only its enabled event types, signed with its own secret', async () => {
    const endpoint = await shop.stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['invoice.paid'] });
    await shop.buy();
    await shop.sandbox.idle();
    const paid = receiver.got.filter(({ body }) => JSON.parse(body).type === 'invoice.paid');
    const accepted = paid.filter((got) => {
      try {
        return verify(got, String(endpoint.secret));
      } catch {
        return false;
      }
    });
    expect([paid.length, accepted.length, receiver.got.length]).toEqual([2, 1, 13]);
  });
});

describe('held events', () => {
  beforeEach(() => {
    shop.sandbox.controls.delivery({ mode: 'hold' });
  });

  test('held events are delivered on demand, in any order and any number of times', async () => {
    await shop.buy();
    await shop.sandbox.idle();
    expect(receiver.got).toEqual([]);
    const ids = shop.sandbox.controls
      .events()
      .slice(2)
      .map(({ id }) => id);
    const order = [ids.at(-1), ids[0]].map(String);
    const { deliveries } = await shop.sandbox.controls.deliver({ eventIds: order, times: 2 });
    expect(deliveries.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(receiver.types()).toEqual(['checkout.session.completed', 'checkout.session.completed', 'customer.created', 'customer.created']);
    expect((await shop.sandbox.controls.deliver({ parallel: true })).deliveries).toHaveLength(10);
  });

  test.each(['wrong', 'old', 'future'] as const)('deliver can send a signature that is %s', async (signature) => {
    await shop.stripe.customers.create({ name: 'a' });
    await shop.sandbox.controls.deliver({ signature });
    const [got] = receiver.got;
    if (!got) throw new Error('nothing was delivered');
    if (signature === 'future') expect(got.signature).toContain(`t=${shop.clock.seconds + 3600},`);
    else expect(() => verify(got)).toThrow();
  });

  test('deliver signs with the given secret, skips dropped events and reports an unreachable receiver as status 0', async () => {
    await shop.stripe.customers.create({ name: 'a' });
    await shop.sandbox.controls.deliver({ secret: 'whsec_new' });
    expect(verify(receiver.got[0] ?? { body: '', signature: '' }, 'whsec_new').type).toBe('customer.created');
    await shop.stripe.customers.create({ name: 'b' });
    const lost = shop.sandbox.controls.events().at(-1);
    expect(shop.sandbox.controls.drop({ eventIds: [String(lost?.id)] })).toEqual({ dropped: 1 });
    expect((await shop.sandbox.controls.deliver({})).deliveries).toEqual([]);
    shop.sandbox.deliverTo('http://127.0.0.1:9/');
    expect(await shop.sandbox.controls.deliver({ eventIds: [String(lost?.id)] })).toEqual({
      deliveries: [{ eventId: lost?.id, status: 0 }],
    });
  });
});
