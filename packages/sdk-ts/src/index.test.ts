import { afterEach, expect, it } from 'vitest';
import { client, configure, createApiFactory, createConsumer, getMetrics, isApiError, listKeys, ping, runAction } from './index.ts';
import { type Answer, pong, problem, serverThatAnswers } from './testing/server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function aServer(...answers: [Answer, ...Answer[]]) {
  const server = await serverThatAnswers(...answers);
  cleanups.push(server.close);
  return server;
}

const echo = { body: { action: 'echo' as const, payload: {} } };

it('a client sends its key and headers, and a call’s own credential replaces the key', async () => {
  const { url, seen } = await aServer(pong);
  const api = createApiFactory({ baseUrl: `${url}/`, key: 'k1', headers: { 'x-request-id': 'mine' } });
  await runAction({ client: api, ...echo });
  await runAction({ client: api, ...echo, headers: { authorization: 'Bearer k2' } });
  await ping({ client: createApiFactory({ baseUrl: url }) });
  expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer k1', 'Bearer k2', undefined]);
  expect(seen.map(({ headers }) => headers['x-api-key'])).toEqual([undefined, undefined, undefined]);
  expect(seen[0]).toMatchObject({ url: '/api/v1/actions', headers: { 'x-request-id': 'mine', 'content-type': 'application/json' } });
});

it('a call without a client uses the default one, as last configured', async () => {
  const [first, second] = [await aServer(pong), await aServer(problem(401, 'INVALID_KEY'))];
  configure(client, { baseUrl: first.url, key: 'k1' });
  await ping();
  configure(client, { baseUrl: second.url, retries: 0 });
  const error: unknown = await ping().catch((thrown: unknown) => thrown);
  expect(isApiError(error, 'INVALID_KEY')).toBe(true);
  expect(first.seen[0]?.headers.authorization).toBe('Bearer k1');
  expect(second.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

it('the default is two retries, also after configuring a client again', async () => {
  const { url, seen } = await aServer(problem(503, 'OVERLOADED', { 'retry-after': '0' }));
  const api = createApiFactory({ baseUrl: url });
  configure(api, { baseUrl: url });
  await expect(ping({ client: api })).rejects.toMatchObject({ code: 'OVERLOADED', status: 503 });
  expect(seen).toHaveLength(3);
});

it('a custom fetch receives the complete request', async () => {
  const { url } = await aServer(pong);
  const calls: string[] = [];
  const customFetch: typeof fetch = (input, init) => {
    const request = new Request(input, init);
    calls.push(`${request.method} ${request.url} ${request.headers.get('authorization')}`);
    return fetch(request);
  };
  await createConsumer({ client: createApiFactory({ baseUrl: url, key: 'k', fetch: customFetch }), body: { name: 'Ada' } });
  expect(calls).toEqual([`POST ${url}/api/admin/consumers Bearer k`]);
});

it('a query omits undefined parameters and encodes the others', async () => {
  const { url, seen } = await aServer({ body: { success: true, data: [], error: null, meta: {} } });
  await listKeys({ client: createApiFactory({ baseUrl: url }), query: { limit: 5, search: 'a&b=ü' } });
  expect(seen[0]?.url).toBe('/api/admin/keys?limit=5&search=a%26b%3D%C3%BC');
});

it('metrics are returned as text', async () => {
  const { url } = await aServer({ headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body: '# HELP up\nup 1\n' });
  const { data } = await getMetrics({ client: createApiFactory({ baseUrl: url }) });
  expect(data).toBe('# HELP up\nup 1\n');
});
