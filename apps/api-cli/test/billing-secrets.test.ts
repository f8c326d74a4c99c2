import { request as rawRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, type Answer } from './support/api.ts';
import { aProduct } from './support/product.ts';
import { aSellingProduct, BUYER_EMAIL, type Purchase, type SellingProduct, until } from './support/selling.ts';
import { databaseText, filesText } from './support/stored-text.ts';

const ROTATED = `whsec_${'rotated'.repeat(5)}`;

let t: SellingProduct;
beforeAll(async () => {
  t = await aSellingProduct({ LOG_LEVEL: 'trace' });
});
afterAll(() => t.stop());

const nonceOf = ({ cookie }: { cookie: string }): string => cookie.split('=')[1] as string;

/** Everything that an operator, a monitor or an anonymous visitor can read. */
async function views({ admin, request }: Pick<SellingProduct, 'admin' | 'request'>): Promise<string> {
  const lists = [
    '/billing',
    '/billing/events?limit=1000',
    '/billing/subscriptions',
    '/billing/drift',
    '/billing/flags',
    '/keys',
    '/audit?limit=1000',
  ];
  const others = ['/consumers', '/plans', '/usage/events', '/metrics'];
  const answers = await Promise.all([
    ...[...lists, ...others].map((path) => admin('GET', path)),
    request('GET', '/_api/metrics'),
    request('GET', '/_api/readyz'),
    request('GET', '/api/billing/plans'),
    request('GET', '/checkout'),
  ]);
  return answers.map(({ body, headers }) => JSON.stringify([body, ...headers])).join('\n');
}

function expectNone(places: Record<string, string>, secrets: Record<string, string>): void {
  for (const [place, text] of Object.entries(places)) {
    expect(text.length, place).toBeGreaterThan(0);
    for (const [name, secret] of Object.entries(secrets)) {
      expect(secret.length, name).toBeGreaterThan(12);
      expect(text.includes(secret), `${place}: ${name}`).toBe(false);
      expect(text.includes(secret.slice(12, -4)), `${place}: the middle of ${name}`).toBe(false);
    }
  }
}

describe('after purchases, renewals and failures', () => {
  it('no secret is in the log, the database, the files, the responses, the metrics or the events', { timeout: 120_000 }, async () => {
    const seen: Answer[] = [];
    const record = async (response: Promise<Answer>) => seen[seen.push(await response) - 1] as Answer;
    const declined = await t.checkout();
    t.sandbox.controls.pay({ sessionId: declined.sessionId, outcome: 'declines' });
    await record(t.claim(declined));
    const first = await t.buy();
    const again = (await t.claim(first)).body.data.key;
    expect(await t.verdict(again)).toBe('200');
    await record(t.claim(first));
    const other = await t.buy();
    await record(t.claim({ sessionId: other.sessionId, cookie: first.cookie }));
    await record(t.claim({ sessionId: 'cs_test_unknown', cookie: other.cookie }));
    await record(t.request('GET', `/api/billing/checkout?session_id=${other.key}`));
    await record(t.request('POST', '/api/billing/checkout', { headers: { 'x-api-key': `${other.key}x` }, body: { plan: 'starter' } }));
    await record(t.request('POST', '/api/billing/checkout', { text: `{"plan": "${other.key}` }));
    await record(t.portal(first.key));
    await t.failRenewal(other);
    await t.advance(8 * 86_400);
    await record(t.call(other.key));
    t.sandbox.controls.failRequests({ with: 500, times: 6 });
    await record(t.admin('POST', `/billing/sync/${other.consumerId}`));
    await record(t.portal(other.key));
    t.sandbox.controls.failRequests({ with: 500, times: 0 });
    const [event] = t.sandbox.controls.events();
    const wronglySigned = { eventIds: [event?.id as string], secret: ROTATED };
    expect(await t.sandbox.controls.deliver(wronglySigned)).toMatchObject({ deliveries: [{ status: 400 }] });
    await t.stripe.subscriptions.cancel(other.subscriptionId);
    await t.settled();
    await record(t.call(other.key));
    await t.shipped();
    const responses = seen.map(({ body, headers }) => JSON.stringify([body, ...headers])).join('\n');
    const places = {
      responses,
      log: t.log(),
      database: await databaseText(t),
      files: filesText(t.dataDir),
      views: await views(t),
      events: JSON.stringify(t.sandbox.controls.events()),
    };
    expect(places.database).toContain(first.sessionId);
    expectNone(places, {
      'Stripe key': t.sandbox.secretKey,
      'webhook secret': t.sandbox.webhookSecret,
      'another webhook secret': ROTATED,
      'sandbox token': t.sandbox.token,
      'first key': first.key,
      'reissued key': again,
      'other key': other.key,
      'cookie of the declined checkout': nonceOf(declined),
      'cookie of the first purchase': nonceOf(first),
      'cookie of the other purchase': nonceOf(other),
      'operator key': ADMIN_KEY,
    });
  });

  it('the secrets of the built-in sandbox are only in its own files', async () => {
    const builtIn = await aProduct({ BILLING: 'sandbox', LOG_LEVEL: 'trace' });
    try {
      const started = await builtIn.request('POST', '/api/billing/checkout', { body: { plan: 'starter' } });
      const { sessionId } = started.body.data;
      await builtIn.admin('POST', '/billing/sandbox/pay', { sessionId, outcome: 'pays' });
      const cookie = (started.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
      const claimed = await builtIn.request('POST', '/api/billing/claim', { headers: { cookie }, body: { sessionId } });
      expect((await builtIn.call(claimed.body.data.key)).status).toBe(200);
      const controls = ['nonsense', 'advance', 'events', 'dump'];
      const controlled = await Promise.all(controls.map((name) => builtIn.admin('POST', `/billing/sandbox/${name}`, { seconds: -1 })));
      await builtIn.shipped();
      const text = filesText(join(builtIn.dataDir, 'billing-sandbox'));
      const secrets = [...new Set(text.match(/\b(sk_test|whsec)_\w+|"token": ?"\w+/g) ?? [])].map((one) => one.replace(/.*"/, ''));
      expect(secrets.length).toBeGreaterThanOrEqual(3);
      const places = {
        controlled: JSON.stringify(controlled.map(({ body }) => body)),
        log: builtIn.log(),
        database: await databaseText(builtIn),
        views: await views(builtIn),
      };
      expectNone(places, Object.fromEntries([...secrets, claimed.body.data.key].map((secret) => [secret.slice(0, 8), secret])));
    } finally {
      await builtIn.stop();
    }
  });
});

/** Sends a request with headers that fetch does not allow. */
function send(
  address: string,
  { method, path, headers, body }: { method: string; path: string; headers: Record<string, string>; body?: string },
) {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const sent = rawRequest(new URL(path, address), { method, headers }, async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString();
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
    });
    sent.on('error', reject).end(body);
  });
}

describe('a forged Host header', () => {
  const forged = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example' };
  const json = { 'content-type': 'application/json' };

  it('changes neither the return URL of a checkout, the portal URL nor a redirect', async () => {
    const bought = await t.buy();
    const started = await send(t.address, {
      method: 'POST',
      path: '/api/billing/checkout',
      headers: { ...forged, ...json },
      body: '{"plan":"starter"}',
    });
    expect(started.status).toBe(201);
    const session = await t.stripe.checkout.sessions.retrieve(JSON.parse(started.text).data.sessionId);
    expect(session.success_url).toBe(`${t.address}/checkout/done?session_id={CHECKOUT_SESSION_ID}`);
    expect(session.cancel_url).toBe(`${t.address}/checkout?plan=starter`);
    const headers = { ...forged, ...json, authorization: `Bearer ${bought.key}` };
    const body = JSON.stringify({ email: BUYER_EMAIL });
    const portal = await send(t.address, { method: 'POST', path: '/api/billing/portal', headers, body });
    expect(portal.status).toBe(200);
    expect(JSON.stringify(t.sandbox.controls.dump())).not.toContain('evil.example');
    for (const path of ['/checkout', '/checkout/done?session_id=cs_test_a', '/checkout/manage']) {
      const page = await send(t.address, { method: 'GET', path, headers: forged });
      expect([page.status, String(page.headers.location).startsWith(`${t.address}/checkout`)], path).toEqual([302, true]);
      expect(page.text).not.toContain('evil.example');
    }
  });

  it('does not appear in the response to a suspended key', async () => {
    const bought = await t.buy();
    t.sandbox.controls.setStatus({ subscriptionId: bought.subscriptionId, status: 'unpaid' });
    await t.settled();
    const headers = { ...forged, ...json, authorization: `Bearer ${bought.key}` };
    const refused = await send(t.address, { method: 'POST', path: '/api/v1/actions', headers, body: '{"action":"echo","payload":{}}' });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain(`${t.address}/checkout/manage`);
    expect(refused.text).not.toContain('evil.example');
  });
});

describe('a page on another origin', () => {
  const FOREIGN = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
  /** Content types that a form or a fetch without a preflight can send. */
  const SIMPLE = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];

  it('can’t start a checkout, claim a key or open the portal', async () => {
    const { sessionId, cookie } = await paid();
    for (const type of SIMPLE) {
      const headers = { ...FOREIGN, 'content-type': type, cookie };
      for (const [path, body] of [
        ['checkout', { plan: 'starter' }],
        ['claim', { sessionId }],
      ] as const) {
        const answer = await send(t.address, { method: 'POST', path: `/api/billing/${path}`, headers, body: JSON.stringify(body) });
        expect(answer.status, `${path} with ${type}`).toBeGreaterThanOrEqual(400);
        expect(answer.headers['set-cookie']).toBeUndefined();
        expect(answer.text).not.toMatch(/af_test_/);
      }
      const portal = await send(t.address, { method: 'POST', path: '/api/billing/portal', headers });
      expect(portal.status).toBeGreaterThanOrEqual(400);
    }
    expect((await t.claim({ sessionId, cookie })).status, 'its own browser can still claim').toBe(201);
  });

  it('gets no CORS permission for a request or a response', async () => {
    const preflightHeaders = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,authorization' };
    for (const path of [
      '/api/billing/checkout',
      '/api/billing/claim',
      '/api/billing/portal',
      '/api/admin/keys',
      '/api/admin/billing',
      '/api/stripe/webhook',
    ]) {
      const preflight = await send(t.address, { method: 'OPTIONS', path, headers: { ...FOREIGN, ...preflightHeaders } });
      expect(preflight.headers['access-control-allow-origin'], path).toBeUndefined();
      const read = await send(t.address, { method: 'GET', path, headers: FOREIGN });
      expect(read.headers['access-control-allow-origin'], path).toBeUndefined();
    }
  });

  it('can control neither the operator API nor the sandbox', async () => {
    const { sessionId } = await t.checkout();
    const { now } = t.sandbox.controls.advance({ seconds: 0 });
    for (const type of [...SIMPLE, 'application/json']) {
      const headers = { ...FOREIGN, 'content-type': type };
      const advance = { method: 'POST', headers, body: '{"seconds":86400}' };
      expect((await send(t.address, { ...advance, path: '/api/admin/billing/sandbox/advance' })).status).toBe(401);
      expect((await send(t.address, { ...advance, path: '/api/admin/billing/push', body: '{}' })).status).toBe(401);
      expect((await send(t.sandbox.url, { ...advance, path: '/_sandbox/advance' })).status).toBe(403);
      const withToken = { ...headers, authorization: `Bearer ${t.sandbox.token}` };
      expect((await send(t.sandbox.url, { ...advance, headers: withToken, path: '/_sandbox/advance' })).status).toBe(403);
      const pay = await send(t.sandbox.url, { method: 'POST', path: `/pay/${sessionId}`, headers, body: 'outcome=pays' });
      expect([403, 404, 415]).toContain(pay.status);
    }
    expect(t.sandbox.controls.advance({ seconds: 0 }).now - now).toBeLessThan(3_600);
    expect(await t.checkoutState({ sessionId, cookie: '', url: '' })).toBe('open');
  });

  async function paid(): Promise<Pick<Purchase, 'sessionId' | 'cookie'>> {
    const buyer = await t.checkout();
    t.sandbox.controls.pay({ sessionId: buyer.sessionId, outcome: 'pays' });
    await t.settled();
    await until(async () => (await t.checkoutState(buyer)) === 'ready');
    return buyer;
  }
});
