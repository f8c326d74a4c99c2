import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as sdk from '../../../packages/sdk-ts/src/index.ts';
import { ADMIN_KEY } from './support/api.ts';
import { aProduct, type TestProduct } from './support/product.ts';

const { createApiFactory, isApiError, rateLimitsOf } = sdk;

let t: TestProduct;
let operator: sdk.Client;
beforeAll(async () => {
  t = await aProduct();
  operator = createApiFactory({ baseUrl: t.address, key: ADMIN_KEY });
});
afterAll(() => t.stop());

/** A client with a new key on a new plan. */
async function keyOn(terms: Parameters<TestProduct['issue']>[0], retries = 0): Promise<sdk.Client> {
  const { key } = await t.issue(terms);
  return createApiFactory({ baseUrl: t.address, key, retries });
}

const echo = (client: sdk.Client) => sdk.runAction({ client, body: { action: 'echo', payload: { hello: 'world' } } });

async function errorOf(call: Promise<unknown>): Promise<sdk.ApiError> {
  const error = await call.then(
    () => expect.unreachable('the call must be refused'),
    (thrown: unknown) => thrown,
  );
  if (isApiError(error)) return error;
  throw error;
}

it('the SDK exports a function for every operation in the contract', () => {
  const contract = readFileSync(new URL('../../../openapi.yaml', import.meta.url), 'utf8');
  const operations = [...contract.matchAll(/^ {6}operationId: (\w+)$/gm)].map(([, name]) => name);
  expect(operations.length).toBeGreaterThan(50);
  const functions = Object.entries(sdk).filter(([, exported]) => typeof exported === 'function');
  expect(functions.map(([name]) => name)).toEqual(expect.arrayContaining(operations));
});

it('ping works without a key', async () => {
  const { data } = await sdk.ping({ client: createApiFactory({ baseUrl: t.address }) });
  expect(data).toMatchObject({ success: true, data: { pong: true } });
});

it('an operator can create a plan and a key, list the key, and call with it', async () => {
  const plan = { id: 'sdk', name: 'SDK', quota: { limit: 3, period: 'month' as const }, rate: { limit: 10, windowSeconds: 60 } };
  await sdk.createPlan({ client: operator, body: plan });
  const created = await sdk.createKey({ client: operator, body: { name: 'created by the SDK', plan: 'sdk' } });
  const { data: list } = await sdk.listKeys({ client: operator, query: { plan: 'sdk', limit: 10 } });
  expect(list.data.map(({ id, name }) => [id, name])).toEqual([[created.data.data.id, 'created by the SDK']]);
  const { data, response } = await echo(createApiFactory({ baseUrl: t.address, key: created.data.data.key }));
  expect(data.data).toEqual({ hello: 'world' });
  expect(rateLimitsOf(response)).toEqual({
    rate: { limit: 10, remaining: 9, resetSeconds: expect.any(Number), windowSeconds: 60 },
    quota: { limit: 3, remaining: 2, resetSeconds: expect.any(Number), windowSeconds: null },
  });
});

it('a create call repeated with its Idempotency-Key creates one object', async () => {
  const once = () => sdk.createConsumer({ client: operator, body: { name: 'Ada' }, headers: { 'idempotency-key': 'sdk-once' } });
  const [first, second] = [await once(), await once()];
  expect(second.data.data.id).toBe(first.data.data.id);
  expect(second.response.headers.get('idempotent-replayed')).toBe('true');
});

describe('a refused call', () => {
  it('over the quota throws QUOTA_EXCEEDED immediately, even with retries on', async () => {
    const client = await keyOn({ quota: 2 }, 2);
    await echo(client);
    await echo(client);
    const error = await errorOf(echo(client));
    expect(isApiError(error, 'QUOTA_EXCEEDED')).toBe(true);
    expect(error).toMatchObject({
      status: 429,
      type: `${t.address}/docs/errors/QUOTA_EXCEEDED`,
      requestId: expect.stringMatching(/^req_/),
    });
    expect(error.retryAfterSeconds).toBeGreaterThan(0);
    expect(error.rateLimits.quota).toMatchObject({ limit: 2, remaining: 0 });
    expect((await fetch(error.type)).status).toBe(200);
  });

  it('over the rate limit throws RATE_LIMITED with the seconds to wait', async () => {
    const client = await keyOn({ rate: 1, windowSeconds: 3_600 });
    await echo(client);
    const error = await errorOf(echo(client));
    expect(isApiError(error, 'RATE_LIMITED')).toBe(true);
    expect(error.rateLimits.rate).toMatchObject({ limit: 1, remaining: 0, windowSeconds: 3_600 });
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(error.rateLimits.rate?.resetSeconds ?? Number.POSITIVE_INFINITY);
  });

  it('over the rate limit is retried, succeeds, and is charged once', async () => {
    const client = await keyOn({ rate: 1, windowSeconds: 1, quota: 10 }, 5);
    await echo(client);
    const { response } = await echo(client);
    expect(rateLimitsOf(response).quota).toMatchObject({ limit: 10, remaining: 8 });
  });

  it('throws INVALID_KEY with a wrong key and UNAUTHORIZED without one', async () => {
    const codes = [{ key: 'af_live_nonsense' }, {}].map((key) => errorOf(echo(createApiFactory({ baseUrl: t.address, ...key }))));
    expect((await Promise.all(codes)).map(({ status, code }) => [status, code])).toEqual([
      [401, 'INVALID_KEY'],
      [401, 'UNAUTHORIZED'],
    ]);
  });

  it('lists its invalid fields', async () => {
    const client = await keyOn({});
    const action = await errorOf(sdk.runAction({ client, body: { action: 'qr_code', payload: { text: 'x', size: 1 } } }));
    const key = await errorOf(sdk.createKey({ client: operator, body: { name: '' } }));
    expect([action.code, key.code]).toEqual(['VALIDATION_FAILED', 'VALIDATION_FAILED']);
    expect(action.errors).toEqual([{ pointer: '#/payload/size', detail: expect.any(String) }]);
    expect(key.errors[0]?.pointer).toMatch(/name$/);
  });

  it('throws KEY_SUSPENDED with a suspended key', async () => {
    const { id, key } = await t.issue({});
    await sdk.suspendKey({ client: operator, path: { id } });
    const error = await errorOf(echo(createApiFactory({ baseUrl: t.address, key })));
    expect([error.status, error.code]).toEqual([403, 'KEY_SUSPENDED']);
  });
});

it('metrics are returned as text, also in the OpenMetrics format', async () => {
  for (const read of [sdk.getMetrics, sdk.getOperatorMetrics]) {
    expect((await read({ client: operator })).data).toMatch(/^# HELP /);
  }
  const open = await sdk.getOperatorMetrics({ client: operator, headers: { accept: 'application/openmetrics-text' }, parseAs: 'text' });
  expect(open.data).toMatch(/# EOF\s*$/);
});
