import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApiFactory, createConsumer, isApiError, NetworkError, ping, runAction, updateConsumer } from './index.ts';
import { type Attempt, retryDelayMs } from './retry.ts';
import { type Answer, breaksOff, cutsOff, pong, problem, serverThatAnswers, staysSilent, type TestServer } from './testing/server.ts';

const cleanups: (() => unknown)[] = [];
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(async () => {
  vi.restoreAllMocks();
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function setUp(retries: number, ...answers: [Answer, ...Answer[]]) {
  const server = await serverThatAnswers(...answers);
  cleanups.push(server.close);
  return { server, client: createApiFactory({ baseUrl: server.url, retries }) };
}

const AT_ONCE = { 'retry-after': '0' };
const echo = { body: { action: 'echo' as const, payload: { hello: 'world' } } };
const bodiesOf = (server: TestServer) => server.seen.map(({ body }) => body);
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('the call must fail'),
    (error: unknown) => error,
  );

describe('whether and when a call is sent again', () => {
  const got = (attempt: Partial<Attempt>) => ({ repeatable: true, status: 503, code: null, retryAfterSeconds: null, index: 0, ...attempt });

  it.each([429, 502, 503, 504])('a repeatable call is, after %i', (status) => expect(retryDelayMs(got({ status }), 0)).toBe(250));

  it('a repeatable call is when there was no answer', () => expect(retryDelayMs(got({ status: null }), 0)).toBe(250));

  it.each([200, 400, 401, 404, 409, 500, 501])('no call is after %i', (status) => expect(retryDelayMs(got({ status }), 0)).toBeNull());

  it('never when the quota is used up, however short the wait', () => {
    expect(retryDelayMs(got({ status: 429, code: 'QUOTA_EXCEEDED', retryAfterSeconds: 1 }), 0)).toBeNull();
  });

  it.each(['RATE_LIMITED', 'QUOTA_UNAVAILABLE', 'SNAPSHOT_STALE', 'OVERLOADED'])('a POST is when %s says that nothing was done', (code) => {
    expect(retryDelayMs(got({ repeatable: false, code, retryAfterSeconds: 3 }), 0)).toBe(3_000);
    expect(retryDelayMs(got({ repeatable: false, code, retryAfterSeconds: null }), 0)).toBeNull();
  });

  it.each(['DATABASE_UNAVAILABLE', 'METERING_UNAVAILABLE', 'STRIPE_UNAVAILABLE', null])(
    'a POST is not after %s: it may have been done',
    (code) => {
      expect(retryDelayMs(got({ repeatable: false, code, retryAfterSeconds: 1 }), 0)).toBeNull();
    },
  );

  it('waits for Retry-After up to 30 s, and not at all for longer ones', () => {
    expect(retryDelayMs(got({ retryAfterSeconds: 0 }), 0)).toBe(0);
    expect(retryDelayMs(got({ retryAfterSeconds: 30 }), 0)).toBe(30_000);
    expect(retryDelayMs(got({ retryAfterSeconds: 31 }), 0)).toBeNull();
  });

  it('waits twice as long each time, 30 s at most, with up to 250 ms of jitter', () => {
    expect([0, 1, 2, 50].map((index) => retryDelayMs(got({ index }), 0))).toEqual([250, 500, 1_000, 30_000]);
    expect(retryDelayMs(got({ retryAfterSeconds: 3 }), 0.9)).toBe(3_225);
  });
});

describe('against a server', () => {
  it('a GET goes on until it is answered', async () => {
    const { server, client } = await setUp(2, problem(503, 'DATABASE_UNAVAILABLE', AT_ONCE), problem(429, 'RATE_LIMITED', AT_ONCE), pong);
    expect((await ping({ client })).response.status).toBe(200);
    expect(server.seen).toHaveLength(3);
  });

  it('after the last retry the last answer is thrown, and nothing more is sent', async () => {
    const { server, client } = await setUp(2, problem(503, 'OVERLOADED', AT_ONCE));
    expect(isApiError(await caught(ping({ client })), 'OVERLOADED')).toBe(true);
    expect(server.seen).toHaveLength(3);
  });

  it('with 0 retries everything is sent once', async () => {
    const { server, client } = await setUp(0, problem(429, 'RATE_LIMITED', AT_ONCE), pong);
    expect(isApiError(await caught(ping({ client })), 'RATE_LIMITED')).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  it('a POST that was refused for its rate is sent again with the same body and credential', async () => {
    const { server } = await setUp(1, problem(429, 'RATE_LIMITED', AT_ONCE), pong);
    await runAction({ client: createApiFactory({ baseUrl: server.url, key: 'k', retries: 1 }), ...echo });
    expect(bodiesOf(server)).toEqual([JSON.stringify(echo.body), JSON.stringify(echo.body)]);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer k', 'Bearer k']);
  });

  it('a POST whose quota is used up is sent once', async () => {
    const { server, client } = await setUp(2, problem(429, 'QUOTA_EXCEEDED', { 'retry-after': '1' }));
    expect(isApiError(await caught(runAction({ client, ...echo })), 'QUOTA_EXCEEDED')).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  it('a POST or PATCH without an answer is sent once: it may have been done', async () => {
    const { server, client } = await setUp(2, cutsOff);
    expect(await caught(runAction({ client, ...echo }))).toBeInstanceOf(NetworkError);
    expect(await caught(updateConsumer({ client, path: { id: 'consumer_1' }, body: { name: 'Ada' } }))).toBeInstanceOf(NetworkError);
    expect(server.seen).toHaveLength(2);
  });

  it('a POST with an Idempotency-Key is sent again with it, whatever became of the first', async () => {
    const { server, client } = await setUp(2, cutsOff, { status: 502, headers: AT_ONCE, body: '' }, pong);
    await createConsumer({ client, body: { name: 'Ada' }, headers: { 'idempotency-key': 'once' } });
    expect(server.seen.map(({ headers, body }) => [headers['idempotency-key'], body])).toEqual(Array(3).fill(['once', '{"name":"Ada"}']));
  });

  it('an answer that breaks off counts as none', async () => {
    const { server, client } = await setUp(1, breaksOff, pong, breaksOff);
    expect((await ping({ client })).data.data).toEqual({ pong: true });
    expect(await caught(ping({ client }))).toBeInstanceOf(NetworkError);
    expect(server.seen).toHaveLength(4);
  });

  it('a wait above 30 s is not waited', async () => {
    const { server, client } = await setUp(2, problem(429, 'RATE_LIMITED', { 'retry-after': '31' }));
    const began = performance.now();
    expect(await caught(ping({ client }))).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 31 });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(server.seen).toHaveLength(1);
  });

  it('an abort ends the wait with its own reason', async () => {
    const { server, client } = await setUp(2, problem(429, 'RATE_LIMITED', { 'retry-after': '30' }));
    const controller = new AbortController();
    const call = caught(ping({ client, signal: controller.signal }));
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    setTimeout(() => controller.abort(new Error('enough')), 50);
    expect(await call).toMatchObject({ message: 'enough' });
    expect(server.seen).toHaveLength(1);
  });

  it('an aborted call is not sent again, and is no NetworkError', async () => {
    const { server, client } = await setUp(2, staysSilent);
    expect(await caught(ping({ client, signal: AbortSignal.timeout(50) }))).toMatchObject({ name: 'TimeoutError' });
    expect(await caught(ping({ client, signal: AbortSignal.abort() }))).toMatchObject({ name: 'AbortError' });
    expect(server.seen).toHaveLength(1);
  });
});
