import { once } from 'node:events';
import { connect } from 'node:net';
import { ProblemError, rateRemaining } from '@api-factory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { readBatch } from '../spool/reader.ts';
import { aGateway, type TestGateway, type TestGatewayOptions } from '../testing/gateway.ts';
import { readEvents } from '../testing/spool.ts';
import { clientLeft } from './pool.ts';
import { encodeResult } from './result.ts';
import type { HeavyJob, HeavyRunner } from './runner.ts';

interface Held {
  end: (data: unknown) => Promise<void>;
  fail: (error: Error) => void;
}

/** A runner whose jobs end when the test ends them. */
class HeldRunner implements HeavyRunner {
  readonly jobs: Held[] = [];
  cancelled = 0;
  #waiting: (() => void)[] = [];

  start(): HeavyJob {
    let held!: Held;
    const done = new Promise<Awaited<ReturnType<typeof encodeResult>>>((resolve, reject) => {
      held = { end: async (data) => resolve(await encodeResult(data)), fail: reject };
    });
    this.jobs.push(held);
    for (const resume of this.#waiting.splice(0)) resume();
    return {
      done,
      cancel: () => {
        this.cancelled += 1;
        held.fail(clientLeft());
      },
    };
  }

  /** Resolves when `count` jobs have been started. */
  async started(count: number): Promise<void> {
    while (this.jobs.length < count) await new Promise<void>((resume) => this.#waiting.push(resume));
  }

  async close(): Promise<void> {}
}

let gateway: TestGateway;
let runner: HeldRunner;
async function open(options: TestGatewayOptions = {}): Promise<TestGateway> {
  runner = new HeldRunner();
  gateway = await aGateway({ heavy: runner, ...options });
  return gateway;
}
afterEach(() => gateway.close());

const draw = () => gateway.post({ action: 'qr_code', payload: { text: 'x' } });
const echo = (payload: object = {}) => gateway.post({ action: 'echo', payload });
const metrics = async () => (await gateway.metrics.page('')).text;
const rateLeft = () => {
  const { plan, rate } = gateway.snapshot.entitlement('ent_1')!;
  return rateRemaining(rate, plan.rateLimit as number, plan.rateWindowMs, gateway.clock.now());
};
const refusalsIn = async (): Promise<unknown> => {
  gateway.refusals.flush();
  await gateway.spool.flushed();
  return (await readBatch(gateway.spool.dir, 0, gateway.spool.end))?.refusals.map(({ code, count }) => ({ code, count }));
};

/** Takes all four slots. */
async function fill() {
  const calls = [draw(), draw(), draw(), draw()];
  await runner.started(4);
  return calls;
}

describe('heavy calls in flight', () => {
  it('are limited to four per entitlement: the fifth gets Retry-After and is not counted in the rate or the quota', async () => {
    await open({ quota: 100, plan: { rateLimit: 50 } });
    const calls = await fill();
    const before = rateLeft();
    const fifth = await draw();
    expect(fifth.statusCode).toBe(429);
    expect(fifth.json()).toMatchObject({ code: 'RATE_LIMITED', error: { details: { policy: 'concurrency', limit: 4, retryAfter: 1 } } });
    expect(fifth.headers).toMatchObject({
      'retry-after': '1',
      'ratelimit-policy': '"rate";q=50;w=60, "quota";q=100',
      ratelimit: expect.stringMatching(/^"rate";r=46;t=\d+, "quota";r=80;t=\d+$/),
      'x-ratelimit-remaining': '46',
    });
    expect(rateLeft()).toBe(before);
    for (const job of runner.jobs) await job.end('drawn');
    expect((await Promise.all(calls)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    expect((await readEvents(gateway.spool)).map(({ cost }) => cost)).toEqual([5, 5, 5, 5]);
    expect(await refusalsIn()).toEqual([{ code: 'RATE_LIMITED', count: 1 }]);
    expect(await metrics()).toContain('api_factory_rate_limited_total{policy="concurrency"} 1\n');
  });

  it('refund nothing to a newer lease if they are refused after their own was voided', async () => {
    const { bank, leases, snapshot } = await open({ quota: 100 });
    const calls = await fill();
    await leases.forget(snapshot.entitlements(), async () => {
      bank.leased = 0;
    });
    expect((await echo()).statusCode).toBe(200);
    for (const job of runner.jobs) job.fail(new ProblemError('OVERLOADED'));
    expect((await Promise.all(calls)).map(({ statusCode }) => statusCode)).toEqual([503, 503, 503, 503]);
    let answered = 1;
    while ((await echo()).statusCode === 200) answered += 1;
    expect(answered).toBe(100);
  });

  it('do not hold up cheap calls of the same entitlement', async () => {
    await open();
    const calls = await fill();
    for (let i = 0; i < 10; i++) expect((await echo({ i })).statusCode).toBe(200);
    for (const job of runner.jobs) await job.end('drawn');
    await Promise.all(calls);
  });

  it('free their slots when the client of pipelined calls disconnects, even before their turn', async () => {
    await open();
    const address = new URL(await gateway.app.listen({ port: 0, host: '127.0.0.1' }));
    const client = connect(Number(address.port), address.hostname);
    const body = JSON.stringify({ action: 'qr_code', payload: { text: 'x' } });
    const head = `POST /api/v1/actions HTTP/1.1\r\nhost: a\r\nx-api-key: ${gateway.key}\r\ncontent-type: application/json\r\n`;
    client.write(`${head}content-length: ${body.length}\r\n\r\n${body}`.repeat(4));
    await runner.started(4);
    client.destroy();
    await expect.poll(() => runner.cancelled, { timeout: 30_000 }).toBe(4);
    const next = draw();
    await runner.started(5);
    await runner.jobs[4]!.end('drawn');
    expect((await next).statusCode).toBe(200);
  });

  it('free their slot when they have been answered', async () => {
    await open();
    const calls = await fill();
    await runner.jobs[2]!.end({ contentType: 'image/svg+xml', svg: '<svg/>' });
    expect((await calls[2])!.json()).toMatchObject({ success: true, data: { contentType: 'image/svg+xml', svg: '<svg/>' }, error: null });
    const next = draw();
    await runner.started(5);
    expect((await draw()).statusCode).toBe(429);
    for (const job of runner.jobs) await job.end('drawn');
    expect((await next).statusCode).toBe(200);
  });

  it.each([
    ['an invalid payload', new ProblemError('VALIDATION_FAILED'), 400],
    ['an unexpected error', new Error('broken'), 500],
  ])('that fail with %s free their slot and cost nothing', async (_what, error, status) => {
    await open({ quota: 5 });
    for (let i = 1; i <= 6; i++) {
      const call = draw();
      await runner.started(i);
      runner.jobs[i - 1]!.fail(error);
      expect((await call).statusCode).toBe(status);
    }
  });

  it('free their slot when the client disconnects, and work that has not started is dropped', async () => {
    const { app, key } = await open();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as { port: number };
    const body = JSON.stringify({ action: 'qr_code', payload: { text: 'x' } });
    const head = `POST /api/v1/actions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    const sockets = Array.from({ length: 4 }, () =>
      connect(port, '127.0.0.1', function (this: ReturnType<typeof connect>) {
        this.write(head + body);
      }),
    );
    await runner.started(4);
    expect((await draw()).statusCode).toBe(429);
    for (const socket of sockets) {
      socket.destroy();
      await once(socket, 'close');
    }
    await expect.poll(() => runner.cancelled).toBe(4);
    const calls = [draw(), draw(), draw(), draw()];
    await runner.started(8);
    for (const job of runner.jobs) await job.end('drawn');
    expect((await Promise.all(calls)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    expect((await readEvents(gateway.spool)).map(({ status, cost }) => [status, cost]).sort()).toEqual([
      ...Array(4).fill([200, 5]),
      ...Array(4).fill([400, 0]),
    ]);
  });

  it('in all slots cause large bodies to be refused unread, but not small cheap calls', async () => {
    await open({ plan: { rateLimit: 50 } });
    const calls = await fill();
    const before = rateLeft();
    const large = await echo({ text: 'x'.repeat(70_000) });
    expect([large.statusCode, large.json().error.details.policy]).toEqual([429, 'concurrency']);
    expect(large.headers).toMatchObject({ 'retry-after': '1', 'x-ratelimit-remaining': String(before) });
    expect(rateLeft()).toBe(before);
    expect((await echo()).statusCode).toBe(200);
    for (const job of runner.jobs) await job.end('drawn');
    await Promise.all(calls);
    expect((await echo({ text: 'x'.repeat(70_000) })).statusCode).toBe(200);
  });
});

describe('a heavy call that timed out', () => {
  it('is 503 OVERLOADED, is refunded, writes no event, and counts as a refusal', async () => {
    await open({ quota: 5 });
    for (let i = 1; i <= 3; i++) {
      const call = draw();
      await runner.started(i);
      runner.jobs[i - 1]!.fail(new ProblemError('OVERLOADED', { retryAfterSeconds: 2 }));
      const { statusCode, headers, body } = await call;
      expect([statusCode, JSON.parse(body).code, headers['retry-after']]).toEqual([503, 'OVERLOADED', '2']);
      expect(headers.ratelimit).toMatch(/"quota";r=5;/);
    }
    expect(await readEvents(gateway.spool)).toEqual([]);
    expect(await refusalsIn()).toEqual([{ code: 'OVERLOADED', count: 3 }]);
    expect(await metrics()).toContain('api_factory_unavailable_total{code="OVERLOADED"} 3\n');
  });
});

describe('an overload', () => {
  it('refuses guarded calls before anything is charged, and ends when the loop is on time again', async () => {
    const { overload, app } = await open({ quota: 5, plan: { rateLimit: 5 } });
    expect((await echo()).statusCode).toBe(200);
    overload.read(1_500);
    expect((await echo()).statusCode).toBe(200);
    overload.read(1_001);
    for (let i = 0; i < 10; i++) {
      const { statusCode, headers, body } = await echo();
      expect([statusCode, JSON.parse(body).code, headers['retry-after']]).toEqual([503, 'OVERLOADED', '1']);
      expect(headers.ratelimit).toMatch(/^"rate";r=3;t=\d+, "quota";r=3;t=\d+$/);
    }
    expect((await app.inject('/api/v1/hello/ping')).statusCode).toBe(200);
    overload.read(1_000);
    expect((await echo()).statusCode).toBe(200);
    expect((await readEvents(gateway.spool)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await refusalsIn()).toEqual([{ code: 'OVERLOADED', count: 10 }]);
    expect(await metrics()).toContain('api_factory_unavailable_total{code="OVERLOADED"} 10\n');
  });

  it('does not change the response to an invalid credential', async () => {
    const { overload } = await open();
    overload.read(2_000);
    overload.read(2_000);
    expect((await gateway.post({ action: 'echo', payload: {} }, { key: 'af_live_x' })).statusCode).toBe(401);
  });
});
