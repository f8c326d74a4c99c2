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

const IMMEDIATELY = { 'retry-after': '0' };
const echo = { body: { action: 'echo' as const, payload: { hello: 'world' } } };
const bodiesOf = (server: TestServer) => server.seen.map(({ body }) => body);
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('the call must fail'),
    (error: unknown) => error,
  );

describe('the retry delay', () => {
  const anAttempt = (attempt: Partial<Attempt>) => ({
    repeatable: true,
    status: 503,
    code: null,
    retryAfterSeconds: null,
    index: 0,
    ...attempt,
  });

  it.each([429, 502, 503, 504])('is 250 ms for a repeatable call that failed with %i', (status) =>
    expect(retryDelayMs(anAttempt({ status }), 0)).toBe(250),
  );

  it('is 250 ms for a repeatable call without a response', () => expect(retryDelayMs(anAttempt({ status: null }), 0)).toBe(250));

  it.each([200, 400, 401, 404, 409, 500, 501])('is null after %i', (status) => expect(retryDelayMs(anAttempt({ status }), 0)).toBeNull());

  it('is null when the quota is used up, even with a short Retry-After', () => {
    expect(retryDelayMs(anAttempt({ status: 429, code: 'QUOTA_EXCEEDED', retryAfterSeconds: 1 }), 0)).toBeNull();
  });

  it.each(['RATE_LIMITED', 'QUOTA_UNAVAILABLE', 'SNAPSHOT_STALE', 'OVERLOADED'])(
    'is Retry-After for a POST refused with %s, which was not executed',
    (code) => {
      expect(retryDelayMs(anAttempt({ repeatable: false, code, retryAfterSeconds: 3 }), 0)).toBe(3_000);
      expect(retryDelayMs(anAttempt({ repeatable: false, code, retryAfterSeconds: null }), 0)).toBeNull();
    },
  );

  it.each(['DATABASE_UNAVAILABLE', 'METERING_UNAVAILABLE', 'STRIPE_UNAVAILABLE', null])(
    'is null for a POST that failed with %s, which may have been executed',
    (code) => {
      expect(retryDelayMs(anAttempt({ repeatable: false, code, retryAfterSeconds: 1 }), 0)).toBeNull();
    },
  );

  it('is Retry-After up to 30 s, and null for longer ones', () => {
    expect(retryDelayMs(anAttempt({ retryAfterSeconds: 0 }), 0)).toBe(0);
    expect(retryDelayMs(anAttempt({ retryAfterSeconds: 30 }), 0)).toBe(30_000);
    expect(retryDelayMs(anAttempt({ retryAfterSeconds: 31 }), 0)).toBeNull();
  });

  it('doubles each time, up to 30 s, with up to 250 ms of jitter', () => {
    expect([0, 1, 2, 50].map((index) => retryDelayMs(anAttempt({ index }), 0))).toEqual([250, 500, 1_000, 30_000]);
    expect(retryDelayMs(anAttempt({ retryAfterSeconds: 3 }), 0.9)).toBe(3_225);
  });
});

describe('retries', () => {
  it('repeat a GET until it succeeds', async () => {
    const { server, client } = await setUp(
      2,
      problem(503, 'DATABASE_UNAVAILABLE', IMMEDIATELY),
      problem(429, 'RATE_LIMITED', IMMEDIATELY),
      pong,
    );
    expect((await ping({ client })).response.status).toBe(200);
    expect(server.seen).toHaveLength(3);
  });

  it('stop after the last one, whose error is thrown', async () => {
    const { server, client } = await setUp(2, problem(503, 'OVERLOADED', IMMEDIATELY));
    expect(isApiError(await caught(ping({ client })), 'OVERLOADED')).toBe(true);
    expect(server.seen).toHaveLength(3);
  });

  it('are turned off with 0', async () => {
    const { server, client } = await setUp(0, problem(429, 'RATE_LIMITED', IMMEDIATELY), pong);
    expect(isApiError(await caught(ping({ client })), 'RATE_LIMITED')).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  it('repeat a rate-limited POST with the same body and credential', async () => {
    const { server } = await setUp(1, problem(429, 'RATE_LIMITED', IMMEDIATELY), pong);
    await runAction({ client: createApiFactory({ baseUrl: server.url, key: 'k', retries: 1 }), ...echo });
    expect(bodiesOf(server)).toEqual([JSON.stringify(echo.body), JSON.stringify(echo.body)]);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer k', 'Bearer k']);
  });

  it('do not repeat a POST whose quota is used up', async () => {
    const { server, client } = await setUp(2, problem(429, 'QUOTA_EXCEEDED', { 'retry-after': '1' }));
    expect(isApiError(await caught(runAction({ client, ...echo })), 'QUOTA_EXCEEDED')).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  it('do not repeat a POST or PATCH without a response, because it may have been executed', async () => {
    const { server, client } = await setUp(2, cutsOff);
    expect(await caught(runAction({ client, ...echo }))).toBeInstanceOf(NetworkError);
    expect(await caught(updateConsumer({ client, path: { id: 'consumer_1' }, body: { name: 'Ada' } }))).toBeInstanceOf(NetworkError);
    expect(server.seen).toHaveLength(2);
  });

  it('repeat a POST with its Idempotency-Key even if the first attempt may have been executed', async () => {
    const { server, client } = await setUp(2, cutsOff, { status: 502, headers: IMMEDIATELY, body: '' }, pong);
    await createConsumer({ client, body: { name: 'Ada' }, headers: { 'idempotency-key': 'once' } });
    expect(server.seen.map(({ headers, body }) => [headers['idempotency-key'], body])).toEqual(Array(3).fill(['once', '{"name":"Ada"}']));
  });

  it('treat a truncated response as no response', async () => {
    const { server, client } = await setUp(1, breaksOff, pong, breaksOff);
    expect((await ping({ client })).data.data).toEqual({ pong: true });
    expect(await caught(ping({ client }))).toBeInstanceOf(NetworkError);
    expect(server.seen).toHaveLength(4);
  });

  it('do not wait for a Retry-After of more than 30 s', async () => {
    const { server, client } = await setUp(2, problem(429, 'RATE_LIMITED', { 'retry-after': '31' }));
    const startedAt = performance.now();
    expect(await caught(ping({ client }))).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 31 });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(server.seen).toHaveLength(1);
  });

  it('stop waiting on abort, and throw the reason of the signal', async () => {
    const { server, client } = await setUp(2, problem(429, 'RATE_LIMITED', { 'retry-after': '30' }));
    const controller = new AbortController();
    const call = caught(ping({ client, signal: controller.signal }));
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    setTimeout(() => controller.abort(new Error('enough')), 50);
    expect(await call).toMatchObject({ message: 'enough' });
    expect(server.seen).toHaveLength(1);
  });

  it('do not repeat an aborted call, which throws no NetworkError', async () => {
    const { server, client } = await setUp(2, staysSilent);
    expect(await caught(ping({ client, signal: AbortSignal.timeout(50) }))).toMatchObject({ name: 'TimeoutError' });
    expect(await caught(ping({ client, signal: AbortSignal.abort() }))).toMatchObject({ name: 'AbortError' });
    expect(server.seen).toHaveLength(1);
  });
});
