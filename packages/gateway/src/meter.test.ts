import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '@api-factory/core';
import { Type } from 'typebox';
import { afterEach, describe, expect, it } from 'vitest';
import { type Action, defineAction, JsonRows } from './packs/actions/action.ts';
import { echo } from './packs/actions/echo.ts';
import { readBatch } from './spool/reader.ts';
import { encodeIdentity } from './spool/record.ts';
import { aGateway, type TestGateway, type TestGatewayOptions } from './testing/gateway.ts';
import { aDirectory, readEvents } from './testing/spool.ts';

const AnyObject = Type.Object({}, { additionalProperties: true });
const action = (name: string, run: () => unknown, cost = 3): Action => defineAction({ name, summary: name, payload: AnyObject, cost, run });
const BREAKS = action('breaks', () => {
  throw new Error('password=hunter2');
});
const BREAKS_LATER = action('breaks_later', async () => {
  throw new Error('later');
});
const REFUSES = action('refuses', () => {
  throw new ProblemError('VALIDATION_FAILED', { detail: 'no' });
});
const FREE = action('free', () => 'free', 0);

let gateway: TestGateway;
const start = async (options: TestGatewayOptions = {}): Promise<TestGateway> => {
  gateway = await aGateway({ actions: [echo, BREAKS, BREAKS_LATER, REFUSES, FREE], ...options });
  return gateway;
};
afterEach(() => gateway.close());
const run = (name: string, payload: object = {}) => gateway.post({ action: name, payload });

describe('metering', () => {
  it('an answered call is charged its cost and writes one event with its details', async () => {
    const { spool, key, app } = await start({ quota: 10 });
    const payload = JSON.stringify({ action: 'echo', payload: { a: 1 } });
    const headers = { 'x-api-key': key, 'content-type': 'application/json', 'x-request-id': 'mine-1' };
    const answer = await app.inject({ method: 'POST', url: '/api/v1/actions?secret=1', headers, payload });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ success: true, data: { a: 1 }, error: null, meta: { requestId: 'mine-1' } });
    expect(await readEvents(spool)).toEqual([
      {
        epoch: 1,
        sequence: 1,
        ts: 1_800_000_000_000,
        entitlementId: 'ent_1',
        periodId: 'per_1',
        keyId: 'key_1',
        consumerId: null,
        api: 'actions',
        method: 'POST',
        route: '/api/v1/actions',
        status: 200,
        cost: 1,
        requestBytes: Buffer.byteLength(payload),
        responseBytes: Buffer.byteLength(answer.body),
        durationMs: 0,
        requestId: 'mine-1',
      },
    ]);
    expect(answer.headers.ratelimit).toMatch(/^"quota";r=9;t=\d+$/);
  });

  it.each(['breaks', 'breaks_later'])('a 5xx refunds the quota but not the rate, and reveals nothing of the error (%s)', async (name) => {
    const { spool } = await start({ quota: 10, plan: { rateLimit: 5 } });
    const answer = await run(name);
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ code: 'INTERNAL_ERROR', status: 500, success: false });
    expect(answer.body).not.toMatch(/hunter2|later/);
    expect(answer.headers.ratelimit).toMatch(/^"rate";r=4;t=\d+, "quota";r=10;t=\d+$/);
    expect(await readEvents(spool)).toMatchObject([{ status: 500, cost: 0 }]);
  });

  it.each([
    ['a body that is not JSON', '{"action":', 'MALFORMED_JSON'],
    ['an empty body', '', 'MALFORMED_JSON'],
    ['an unknown action', '{"action":"nope","payload":{}}', 'UNKNOWN_ACTION'],
    ['a wrong payload', '{"action":"echo","payload":1}', 'VALIDATION_FAILED'],
    ['a missing payload', '{"action":"echo"}', 'VALIDATION_FAILED'],
    ['a body that is null', 'null', 'VALIDATION_FAILED'],
    ['an unknown field', '{"action":"echo","payload":{},"x":1}', 'VALIDATION_FAILED'],
    ['a refusal by the action itself', '{"action":"refuses","payload":{}}', 'VALIDATION_FAILED'],
  ])('%s is counted in the rate but not in the quota', async (_what, payload, code) => {
    const { app, key, spool } = await start({ quota: 10, plan: { rateLimit: 5 } });
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/api/v1/actions', headers, payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json().code).toBe(code);
    expect(answer.headers.ratelimit).toMatch(/^"rate";r=4;t=\d+, "quota";r=10;t=\d+$/);
    expect(await readEvents(spool)).toMatchObject([{ status: 400, cost: 0 }]);
  });

  it('the received length of a body is counted, not the declared one', async () => {
    const { app, key, spool } = await start({ quota: 10 });
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': '9007199254740991' };
    expect((await app.inject({ method: 'POST', url: '/api/v1/actions', headers, payload: '{}' })).statusCode).toBe(413);
    expect(await readEvents(spool)).toMatchObject([{ status: 413, requestBytes: 0 }]);
  });

  it('a body nested thousands of levels deep is 400', async () => {
    await start({ quota: 10 });
    const payload = `{"action":"echo","payload":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`;
    const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' };
    const answer = await gateway.app.inject({ method: 'POST', url: '/api/v1/actions', headers, payload });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'MALFORMED_JSON']);
  });

  it('a body over 1 MiB is 413, another media type is 415; neither is charged', async () => {
    const { app, key } = await start({ quota: 10 });
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const large = await app.inject({ method: 'POST', url: '/api/v1/actions', headers, payload: `"${'x'.repeat(1_100_000)}"` });
    expect([large.statusCode, large.json().code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    const form = await app.inject({
      method: 'POST',
      url: '/api/v1/actions',
      headers: { ...headers, 'content-type': 'text/plain' },
      payload: 'x',
    });
    expect([form.statusCode, form.json().code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(form.headers.ratelimit).toMatch(/"quota";r=10/);
  });

  it('a failed call that was charged while the quota was unlimited refunds no units to the limited quota', async () => {
    let fail = (): void => {};
    const slow = action('slow', () => new Promise((_resolve, reject) => (fail = () => reject(new Error('late')))), 5);
    const { bank, snapshot } = await start({ quota: null, actions: [slow, echo] });
    const broken = run('slow');
    await expect.poll(() => snapshot.entitlement('ent_1')?.quota.available).toBe(Number.POSITIVE_INFINITY);
    await new Promise((resolve) => setTimeout(resolve, 20));
    bank.limit = 2;
    const entitlement = snapshot.entitlement('ent_1');
    if (entitlement) entitlement.quota.recalled = true;
    expect((await run('echo')).statusCode).toBe(200);
    fail();
    expect((await broken).statusCode).toBe(500);
    expect([(await run('echo')).statusCode, (await run('echo')).statusCode]).toEqual([200, 429]);
  });

  it('a call of cost 0 is admitted at the limit, a call of cost 1 is not', async () => {
    await start({ quota: 1 });
    expect((await run('echo')).statusCode).toBe(200);
    const refused = await run('echo');
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'QUOTA_EXCEEDED']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await run('free')).statusCode).toBe(200);
  });

  it('a refused call writes no event; its code is counted per minute', async () => {
    const { spool, refusals, clock } = await start({ quota: 10, plan: { rateLimit: 2 } });
    for (let i = 0; i < 5; i++) await run('echo');
    expect(await readEvents(spool)).toHaveLength(2);
    refusals.flush();
    await spool.flushed();
    const batch = await readBatch(spool.dir, 0, spool.end);
    const minute = clock.ms - (clock.ms % 60_000);
    expect(batch?.refusals).toEqual([{ minute, entitlementId: 'ent_1', keyId: 'key_1', code: 'RATE_LIMITED', count: 3 }]);
  });

  it('a call is 503 and not charged when the database is unreachable', async () => {
    const { bank, spool, clock } = await start({ quota: 100 });
    bank.faults = ['refuse'];
    const answer = await run('echo');
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([503, 'QUOTA_UNAVAILABLE', '1']);
    expect((await gateway.metrics.page('')).text).toContain('api_factory_unavailable_total{code="QUOTA_UNAVAILABLE"} 1\n');
    clock.ms += 1_000;
    expect((await run('echo')).statusCode).toBe(200);
    expect(await readEvents(spool)).toHaveLength(1);
    expect(bank.leased).toBeLessThanOrEqual(100);
  });

  it('a call is 503 when the keys have not been confirmed for too long', async () => {
    const { clock } = await start();
    clock.ms += 30_001;
    const answer = await run('echo');
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'SNAPSHOT_STALE']);
    expect((await gateway.metrics.page('')).text).toContain('api_factory_unavailable_total{code="SNAPSHOT_STALE"} 1\n');
  });
});

describe('an event that can’t be written', () => {
  const root = process.getuid?.() === 0 && process.platform === 'linux';
  it.skipIf(!root)(
    `turns the response into 503 and refunds the units${root ? '' : ' (skipped: mounting a tmpfs needs root on Linux)'}`,
    async () => {
      const { dir, remove } = aDirectory();
      const small = join(dir, 'small');
      mkdirSync(small);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', small]);
      try {
        const { spool, bank } = await start({ dir: join(small, 'spool'), quota: 1_000 });
        const statuses: number[] = [];
        for (let i = 0; i < 150; i++) statuses.push((await run('echo')).statusCode);
        const answered = statuses.filter((status) => status === 200).length;
        expect(statuses.filter((status) => status === 503).length).toBe(150 - answered);
        expect(answered).toBeGreaterThan(0);
        expect(answered).toBeLessThan(150);
        const refused = await run('echo');
        expect(refused.json().code).toBe('METERING_UNAVAILABLE');
        expect(refused.headers['content-type']).toContain('application/problem+json');
        const { text } = await gateway.metrics.page('');
        const refusals = 151 - answered;
        expect(text).toContain(`api_factory_unavailable_total{code="METERING_UNAVAILABLE"} ${refusals}\n`);
        // The status that was sent, not the one before the meter.
        const counted = (status: number) =>
          `http_server_request_duration_seconds_count{method="POST",route="/api/v1/actions",status="${status}"}`;
        expect(text).toContain(`${counted(200)} ${answered}\n`);
        expect(text).toContain(`${counted(503)} ${refusals}\n`);
        expect(refused.headers.ratelimit).toContain(`"quota";r=${1_000 - answered};`);
        expect(await readEvents(spool)).toHaveLength(answered);
        expect(bank.leased).toBeGreaterThanOrEqual(answered);
        await gateway.close();
      } finally {
        execFileSync('umount', [small]);
        remove();
      }
      await start();
    },
  );
});

describe('a record that is too long', () => {
  it('turns the response into 503, is refunded and counted; the next call succeeds', async () => {
    const { spool, key, snapshot } = await start({ quota: 10 });
    const id = `ent_${'x'.repeat(70_000)}`;
    const row = snapshot.find(createHash('sha256').update(key).digest('hex'));
    if (row) row.identity = encodeIdentity(id, 'key_1', null);
    const refused = await run('echo');
    expect([refused.statusCode, refused.json().code]).toEqual([503, 'METERING_UNAVAILABLE']);
    expect(refused.headers.ratelimit).toMatch(/"quota";r=10/);
    expect([spool.tooLarge, spool.fault]).toEqual([1, null]);
    if (row) row.identity = encodeIdentity('ent_1', 'key_1', null);
    expect((await run('echo')).statusCode).toBe(200);
    expect(await readEvents(spool)).toHaveLength(1);
  });
});

describe('a stream', () => {
  it('is charged before its first byte and completed by its end', async () => {
    const rows = action('rows', () => new JsonRows(['1', '2']), 2);
    const { spool } = await start({ actions: [rows], quota: 10 });
    const answer = await run('rows');
    expect(answer.json()).toMatchObject({ success: true, data: [1, 2] });
    const end = { epoch: 1, sequence: 1, responseBytes: answer.body.length, outcome: 'complete' };
    const charged = { cost: 2, responseBytes: 0, streamed: true };
    await expect.poll(() => readBatch(spool.dir, 0, spool.end)).toMatchObject({ events: [charged], streamEnds: [end] });
  });

  it('that fails midway stays charged and is recorded as aborted', async () => {
    const broken = action(
      'broken',
      () =>
        new JsonRows(
          (function* () {
            yield '1';
            throw new Error('midway');
          })(),
        ),
    );
    const { spool, app, key } = await start({ actions: [broken], quota: 10 });
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const text = fetch(`${address}/api/v1/actions`, { method: 'POST', headers, body: '{"action":"broken","payload":{}}' }).then((answer) =>
      answer.text(),
    );
    await expect(text).rejects.toThrow();
    await expect.poll(async () => (await readBatch(spool.dir, 0, spool.end))?.streamEnds).toMatchObject([{ outcome: 'aborted' }]);
  });
});
