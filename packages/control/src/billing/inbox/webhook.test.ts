import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anEvent, type IntakeApp, intakeApp, NOW, ROTATED, type Sent } from '../testing/intake-app.ts';

let intake: IntakeApp;

beforeEach(async () => {
  intake = await intakeApp();
});
afterEach(() => intake.close());

const events = () => intake.database.db.selectFrom('stripe_events').selectAll().orderBy('id').execute();
const customers = () => intake.database.db.selectFrom('stripe_customers').selectAll().execute();
const state = () => intake.database.db.selectFrom('billing_state').selectAll().executeTakeFirst();

describe('an event that Stripe signed', () => {
  test('is stored, and a sync of its customer requested, before the response', async () => {
    const event = anEvent();
    const reply = await intake.send({ body: JSON.stringify(event) });
    expect(reply).toEqual({ status: 200, body: { received: true } });
    expect(await events()).toMatchObject([
      { id: event.id, mode: 'test', state: 'pending', customer_id: 'cus_1', object_id: 'sub_1', source: 'webhook', attempts: 0 },
    ]);
    expect(await customers()).toMatchObject([{ id: 'cus_1', wanted_at: new Date(NOW), consumer_id: null, lease_until: null }]);
    expect(await state()).toMatchObject({ last_webhook_at: new Date(NOW), last_api_version: '2026-10-28.endive', last_refused_at: null });
    await expect.poll(intake.pokes).toBe(1);
  });

  test('is stored once when it is delivered many times in parallel', async () => {
    const body = JSON.stringify(anEvent());
    const replies = await Promise.all(Array.from({ length: 12 }, () => intake.send({ body })));
    expect(replies.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(await events()).toHaveLength(1);
  });

  test('makes a later sync due now, and never postpones one', async () => {
    await intake.send({});
    const { db } = intake.database;
    await db
      .updateTable('stripe_customers')
      .set({ wanted_at: new Date(NOW + 60_000) })
      .execute();
    await intake.send({});
    expect(await customers()).toMatchObject([{ wanted_at: new Date(NOW) }]);
    await db
      .updateTable('stripe_customers')
      .set({ wanted_at: new Date(NOW - 60_000) })
      .execute();
    await intake.send({});
    expect(await customers()).toMatchObject([{ wanted_at: new Date(NOW - 60_000) }]);
  });

  test.each([
    ['when signed with the second of two secrets, during a rotation', { secret: ROTATED }],
    ['when signed 300 s ago', { signedAt: -300 }],
    ['when signed by a clock that is 300 s ahead', { signedAt: 300 }],
    ['with another content type', { contentType: 'text/plain; charset=latin1' }],
    ['without a content type', { contentType: null }],
  ] satisfies [string, Sent][])('is accepted %s', async (_name, sent) => {
    expect(await intake.send(sent)).toMatchObject({ status: 200 });
    expect(await events()).toHaveLength(1);
  });

  test('of an unused type is stored as ignored and requests no sync', async () => {
    expect(await intake.send({ body: JSON.stringify(anEvent({ type: 'payout.paid' })) })).toMatchObject({ status: 200 });
    expect(await events()).toMatchObject([{ state: 'ignored', done_at: new Date(NOW) }]);
    expect(await customers()).toEqual([]);
  });

  test.each([false, true])('of a connected account (livemode %s) is stored as ignored and requests no sync', async (livemode) => {
    expect(await intake.send({ body: JSON.stringify(anEvent({ account: 'acct_1', livemode })) })).toMatchObject({ status: 200 });
    expect(await events()).toMatchObject([{ state: 'ignored' }]);
    expect(await customers()).toEqual([]);
  });

  test('of another API version is accepted and flagged', async () => {
    const old = JSON.stringify(anEvent({ api_version: '2019-12-03' }));
    expect(await intake.send({ body: old })).toMatchObject({ status: 200 });
    expect(await state()).toMatchObject({ last_api_version: '2019-12-03' });
    expect(await intake.database.db.selectFrom('billing_flags').selectAll().execute()).toMatchObject([
      { kind: 'api_version', object_id: '2019-12-03', customer_id: null },
    ]);
  });

  test('without an object id or customer stays pending until it is resolved', async () => {
    const body = JSON.stringify(
      anEvent({ type: 'charge.dispute.created', data: { object: { object: 'dispute', id: 'du_1', charge: 'ch_1' } } }),
    );
    expect(await intake.send({ body })).toMatchObject({ status: 200 });
    expect(await events()).toMatchObject([{ customer_id: null, state: 'pending', object_type: 'dispute' }]);
    expect(await customers()).toEqual([]);
  });

  test('of 512 KiB is accepted, and one byte more is refused', async () => {
    const bare = JSON.stringify(anEvent({ pad: '' }));
    const sized = (bytes: number) => bare.replace('"pad":""', `"pad":"${'x'.repeat(bytes - bare.length)}"`);
    expect(await intake.send({ body: sized(524_288) })).toMatchObject({ status: 200 });
    expect(await intake.send({ body: sized(524_289) })).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } });
    expect(await intake.send({ body: sized(513 * 1_024) })).toMatchObject({ status: 413 });
    expect(await events()).toHaveLength(1);
  });
});

describe('a webhook is refused and not stored', () => {
  const pretty = JSON.stringify(anEvent(), null, 2);

  test.each([
    ['when it has no signature', { signature: null }, 'no signature'],
    ['when its signature is malformed', { signature: 'v1=,t=' }, 'wrong signature'],
    ['when another secret signed it', { secret: 'whsec_wrong' }, 'wrong signature'],
    ['when it was signed 301 s ago', { signedAt: -301 }, 'signed too long ago'],
    ['when it was signed 301 s from now', { signedAt: 301 }, 'signed in the future'],
    ['when it is a live event at a test endpoint', { body: JSON.stringify(anEvent({ livemode: true })) }, 'a live event in test mode'],
    ['when the signed body is not JSON', { body: 'hello' }, 'not an event'],
    ['when the signed body is null', { body: 'null' }, 'not an event'],
    ['when the signed body is a thin event', { body: '{"object":"v2.core.event"}' }, 'not an event'],
    ['when the signed body is empty', { body: '' }, 'not an event'],
  ] satisfies [string, Sent, string][])('%s', async (_name, sent, reason) => {
    const reply = await intake.send(sent);
    expect(reply).toMatchObject({ status: 400, body: { code: 'WEBHOOK_NOT_VALID', detail: `The webhook was refused: ${reason}.` } });
    expect(await events()).toEqual([]);
    expect(await state()).toMatchObject({ last_refused_at: new Date(NOW), last_refusal: reason, last_webhook_at: null });
    expect(intake.pokes()).toBe(0);
  });

  test('when a proxy parsed and serialized its body', async () => {
    const { stripe } = intake.context.billing!;
    const signature = stripe.webhooks.generateTestHeaderString({ payload: pretty, secret: ROTATED, timestamp: NOW / 1_000 });
    expect(await intake.send({ body: pretty, signature })).toMatchObject({ status: 200 });
    expect(await intake.send({ body: JSON.stringify(JSON.parse(pretty)), signature })).toMatchObject({ status: 400 });
  });
});

test('failed signatures are limited per address, and a valid one still passes', async () => {
  const statuses: number[] = [];
  for (let sent = 0; sent < 62; sent++) statuses.push((await intake.send({ secret: 'whsec_wrong' })).status);
  expect(statuses).toEqual([...Array(60).fill(400), 429, 429]);
  expect(await intake.send({})).toMatchObject({ status: 200 });
});

test('while the database is unavailable, the webhook returns 503, so that Stripe retries', async () => {
  const away = await intakeApp({ away: true });
  expect(await away.send({})).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
  expect(away.pokes()).toBe(0);
  expect(await away.send({ secret: 'whsec_wrong' })).toMatchObject({ status: 400 });
  await away.close();
});

test('a live endpoint refuses test events and accepts live ones', async () => {
  const live = await intakeApp({ mode: 'live' });
  expect(await live.send({})).toMatchObject({ status: 400, body: { detail: 'The webhook was refused: a test event in live mode.' } });
  expect(await live.send({ body: JSON.stringify(anEvent({ livemode: true })) })).toMatchObject({ status: 200 });
  await live.close();
});

test('with billing off the endpoint returns BILLING_OFF', async () => {
  const off = await intakeApp({ off: true });
  expect(await off.send({})).toMatchObject({ status: 404, body: { code: 'BILLING_OFF' } });
  await off.close();
});

test('the age of a signature is measured by the machine’s clock, not by the product’s, which never steps back', async () => {
  await intake.close();
  intake = await intakeApp({ clockAheadMs: 3_600_000 });
  expect(await intake.send({})).toMatchObject({ status: 200 });
  expect(await intake.send({ signedAt: 301 })).toMatchObject({ status: 400, body: { detail: expect.stringContaining('in the future') } });
});
