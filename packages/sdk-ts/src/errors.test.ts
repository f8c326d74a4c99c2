import { inspect } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { ApiError, createApiFactory, getReadyz, isApiError, NetworkError, ping, runAction } from './index.ts';
import { type Answer, problem, serverThatAnswers } from './testing/server.ts';

const KEY = 'af_live_secretsecretsecret';
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function clientOf(...answers: [Answer, ...Answer[]]) {
  const server = await serverThatAnswers(...answers);
  cleanups.push(server.close);
  return { server, client: createApiFactory({ baseUrl: server.url, key: KEY, retries: 0 }) };
}

async function errorOf(...answers: [Answer, ...Answer[]]): Promise<ApiError> {
  const { client } = await clientOf(...answers);
  const error: unknown = await ping({ client }).catch((thrown: unknown) => thrown);
  if (!isApiError(error)) throw new Error(`no ApiError: ${inspect(error)}`);
  return error;
}

it('a problem is thrown with all of its fields', async () => {
  const headers = {
    'retry-after': '7',
    'ratelimit-policy': '"rate";q=60;w=60, "quota";q=100',
    ratelimit: '"rate";r=0;t=7, "quota";r=90;t=1000',
  };
  const errors = [{ pointer: '/payload/text', detail: 'must be a text' }];
  const { server, client } = await clientOf(problem(403, 'KEY_SUSPENDED', headers, { errors, billingUrl: 'https://pay.example/1' }));
  const error: unknown = await ping({ client }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'ApiError',
    message: 'Detail of KEY_SUSPENDED.',
    code: 'KEY_SUSPENDED',
    status: 403,
    title: 'Title of KEY_SUSPENDED',
    detail: 'Detail of KEY_SUSPENDED.',
    type: `${server.url}/docs/errors/KEY_SUSPENDED`,
    requestId: 'req_1',
    errors,
    retryAfterSeconds: 7,
    rateLimits: { rate: { limit: 60, remaining: 0 }, quota: { limit: 100, remaining: 90 } },
    billingUrl: 'https://pay.example/1',
  });
  expect(error).toHaveProperty('response.status', 403);
});

it('fields missing from a problem are null or empty', async () => {
  const error = await errorOf(problem(404, 'NOT_FOUND'));
  expect(error).toMatchObject({ errors: [], retryAfterSeconds: null, rateLimits: {}, billingUrl: null });
});

it('an error page of a proxy is UNKNOWN, with its text', async () => {
  const page = { status: 502, headers: { 'content-type': 'text/html', 'x-request-id': 'req_9' }, body: '<h1>Bad gateway</h1>' };
  expect(await errorOf(page)).toMatchObject({
    code: 'UNKNOWN',
    status: 502,
    title: 'Unexpected response with status 502',
    type: 'about:blank',
    requestId: 'req_9',
    body: '<h1>Bad gateway</h1>',
  });
});

it('an HTML page instead of data is an error, even with status 200', async () => {
  const page = { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<h1>Sign in</h1>' };
  expect(await errorOf(page)).toMatchObject({ code: 'UNKNOWN', status: 200, body: '<h1>Sign in</h1>' });
});

it.each([
  ['nothing', ''],
  ['null', 'null'],
  ['a number', '7'],
  ['a list', '[]'],
  ['broken JSON', '{"code":'],
  ['an upstream error', '{"success":false,"code":422,"errors":{"name":["required"]}}'],
  ['a problem of another API', '{"type":"https://example.com/docs/errors","title":5,"code":"RATE_LIMITED","errors":"none"}'],
])('a body of %s is UNKNOWN', async (_name, body) => {
  expect(await errorOf({ status: 500, body })).toMatchObject({ code: 'UNKNOWN', status: 500, errors: [] });
});

it('a failing health check is thrown with the response as its body', async () => {
  const { client } = await clientOf({ status: 503, body: { status: 'fail', checks: { database: { ok: false } } } });
  await expect(getReadyz({ client })).rejects.toMatchObject({
    code: 'UNKNOWN',
    body: { status: 'fail', checks: { database: { ok: false } } },
  });
});

it('a refused connection is a NetworkError with its cause and the request in its message', async () => {
  const { server, client } = await clientOf({});
  await server.close();
  const error: unknown = await ping({ client }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NetworkError);
  expect(error).toMatchObject({
    name: 'NetworkError',
    message: 'GET /api/v1/hello/ping received no response',
    cause: { message: 'fetch failed' },
  });
});

it('throwOnError: false returns the same error', async () => {
  const { client } = await clientOf(problem(401, 'INVALID_KEY'));
  const { data, error, response } = await ping({ client, throwOnError: false });
  expect(data).toBeUndefined();
  expect(isApiError(error, 'INVALID_KEY')).toBe(true);
  expect(response.status).toBe(401);
});

it('isApiError distinguishes codes and rejects other errors', async () => {
  const error = await errorOf(problem(429, 'QUOTA_EXCEEDED'));
  expect(isApiError(error, 'QUOTA_EXCEEDED')).toBe(true);
  expect(isApiError(error, 'RATE_LIMITED')).toBe(false);
  for (const other of [new Error('x'), new NetworkError('x'), { code: 'QUOTA_EXCEEDED' }, null, undefined])
    expect(isApiError(other)).toBe(false);
});

it('no error contains the key', async () => {
  const { server, client } = await clientOf(problem(401, 'INVALID_KEY'));
  const call = () => runAction({ client, body: { action: 'echo', payload: {} } }).catch((thrown: unknown) => thrown);
  const refused = await call();
  await server.close();
  const unanswered = await call();
  expect([refused, unanswered]).toEqual([expect.any(ApiError), expect.any(NetworkError)]);
  expect(inspect([refused, unanswered], { depth: 20, showHidden: true })).not.toContain('secretsecret');
});
