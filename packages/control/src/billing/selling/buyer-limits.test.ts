import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { InjectOptions } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ControlApp, controlApp } from '../../testing/app.ts';
import { aBilling } from '../../testing/billing.ts';
import type { Billing } from '../billing.ts';
import { createStripeClient } from '../stripe/client.ts';

// Stripe is replaced by a server that refuses everything: requests that reach it return 502.
const REACHED_STRIPE = 502;
const NOT_SOLD = 409;
const LIMITED = 429;

const refusing = createServer((_request, response) => {
  response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"type":"invalid_request_error","message":"no"}}');
});
let stripe: Billing['stripe'];
beforeAll(async () => {
  await once(refusing.listen(0, '127.0.0.1'), 'listening');
  const { port } = refusing.address() as AddressInfo;
  stripe = createStripeClient({ secretKey: 'sk_test_none', apiBase: `http://127.0.0.1:${port}` });
});
afterAll(() => {
  refusing.close();
  refusing.closeAllConnections();
});

let control: ControlApp;
beforeEach(async () => {
  control = await controlApp({ billing: { ...aBilling(), stripe }, publicCallsPerMinute: 100_000 });
});
afterEach(() => control.close());

const inject = (options: InjectOptions) => control.app.inject(options);
const start = async (remoteAddress: string, { plan = 'pro', cookie = '' } = {}) => {
  const headers = cookie === '' ? {} : { cookie };
  return inject({ method: 'POST', url: '/api/billing/checkout', payload: { plan }, remoteAddress, headers });
};
const statuses = async (addresses: string[], options = {}) => {
  const counted = new Map<number, number>();
  for (const address of addresses) {
    const { statusCode } = await start(address, options);
    counted.set(statusCode, (counted.get(statusCode) ?? 0) + 1);
  }
  return Object.fromEntries(counted);
};
/** A browser that has loaded the price list. */
const ticket = async (remoteAddress: string) => {
  const reply = await inject({ url: '/api/billing/plans', remoteAddress });
  return String(reply.headers['set-cookie']).split(';', 1)[0] ?? '';
};
const networks = (count: number) => Array.from({ length: count }, (_, n) => `2001:db8:${n.toString(16)}::1`);
const times = (count: number, addresses: string[]) => Array.from({ length: count }, () => addresses).flat();

describe('the limits of checkouts', () => {
  test('do not count requests for plans that are not for sale', async () => {
    const five = networks(5);
    expect(await statuses(times(100, five), { plan: 'nothing' })).toEqual({ [NOT_SOLD]: 500 });
    expect(await statuses([...five, '192.0.2.1'])).toEqual({ [REACHED_STRIPE]: 6 });
  });

  test('allow one network only a small share', async () => {
    expect(await statuses(times(30, networks(5)))).toEqual({ [REACHED_STRIPE]: 100, [LIMITED]: 50 });
    expect(await statuses(['192.0.2.1'])).toEqual({ [REACHED_STRIPE]: 1 });
    const refused = await start(networks(1)[0] as string);
    expect(refused.json()).toMatchObject({
      code: 'RATE_LIMITED',
      detail: '20 checkouts per minute are allowed from one network. Retry in 60 s.',
    });
    expect(refused.headers['retry-after']).toBe('60');
  });

  test('apply to the addresses of one /48 together', async () => {
    const own = Array.from({ length: 100 }, (_, n) => `2001:db8:1:${(n * 256).toString(16)}::1`);
    expect(await statuses(own)).toEqual({ [REACHED_STRIPE]: 60, [LIMITED]: 40 });
  });

  test('leave a share to browsers that loaded the price list', async () => {
    const [early, other] = [await ticket('192.0.2.1'), await ticket('192.0.2.2')];
    expect(await statuses(times(20, networks(15)))).toEqual({ [REACHED_STRIPE]: 200, [LIMITED]: 100 });
    expect(await statuses(['192.0.2.9'])).toEqual({ [LIMITED]: 1 });
    expect(await statuses(['192.0.2.1'], { cookie: early })).toEqual({ [REACHED_STRIPE]: 1 });
    expect(await statuses(['192.0.2.2'], { cookie: other })).toEqual({ [REACHED_STRIPE]: 1 });
    control.advance(60_000);
    expect(await statuses(['192.0.2.9'])).toEqual({ [REACHED_STRIPE]: 1 });
  });
});

describe('a ticket', () => {
  const exhaustAnonymous = () => statuses(times(20, networks(10)));

  test('allows five checkouts', async () => {
    const cookie = await ticket('192.0.2.1');
    await exhaustAnonymous();
    expect(await statuses(Array(8).fill('192.0.2.1'), { cookie })).toEqual({ [REACHED_STRIPE]: 5, [LIMITED]: 3 });
  });

  test('is valid for two hours and cannot be modified', async () => {
    const cookie = await ticket('192.0.2.1');
    const [name, value] = cookie.split('=') as [string, string];
    const [endsAt, ...rest] = value.split('.');
    const longer = `${name}=${[Number(endsAt) + 3_600_000, ...rest].join('.')}`;
    control.advance(2 * 3_600_000 - 1);
    await exhaustAnonymous();
    for (const forged of [longer, `${name}=`, `${name}=1.2.3`]) {
      expect(await statuses(['192.0.2.1'], { cookie: forged })).toEqual({ [LIMITED]: 1 });
    }
    expect(await statuses(['192.0.2.1'], { cookie })).toEqual({ [REACHED_STRIPE]: 1 });
    control.advance(1);
    expect(await statuses(['192.0.2.1'], { cookie })).toEqual({ [LIMITED]: 1 });
  });

  test('does not raise the limit of its network', async () => {
    const cookies = await Promise.all(Array.from({ length: 5 }, () => ticket('192.0.2.1')));
    const found = [];
    for (const cookie of cookies) found.push(await statuses(Array(5).fill('192.0.2.1'), { cookie }));
    expect(found.map((one) => one[REACHED_STRIPE] ?? 0)).toEqual([5, 5, 5, 5, 0]);
  });
});
