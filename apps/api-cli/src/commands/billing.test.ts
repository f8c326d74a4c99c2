import { describe, expect, test } from 'vitest';
import { adminStub, problem, success } from '../testing/admin-stub.ts';
import { runCli } from '../testing/terminal.ts';

const aReport = (fields: object = {}) => ({
  startedAt: '2026-01-15T12:00:00.000Z',
  finishedAt: null,
  events: 0,
  customers: 0,
  total: 3,
  drift: 0,
  error: null,
  ...fields,
});

const aStatus = (fields: object = {}) => ({
  mode: 'test',
  keyMode: 'test',
  webhook: {
    secrets: 1,
    lastReceivedAt: '2026-01-15T12:00:00.000Z',
    lastEventAt: null,
    lastRefusedAt: '2026-01-15T12:01:00.000Z',
    lastRefusal: 'wrong signature',
    apiVersion: '2020-01-01',
    expectedApiVersion: '2026-10-28.endive',
  },
  inbox: { pending: 2, dead: 1 },
  drift: { total: 0, lastAt: null },
  reconcile: null,
  lastSweptAt: null,
  sandboxUrl: null,
  graceDays: 7,
  ...fields,
});

const pushed = (plan: string, action: string) => ({ plan, action, priceId: 'price_1', productId: 'prod_1', detail: 'USD 9.00/month' });

describe('plans push', () => {
  test('prints each plan, and a summary line', async () => {
    const { env, requests } = await adminStub(() =>
      success([pushed('pro', 'created'), pushed('starter', 'created'), pushed('team', 'skipped')]),
    );
    const { stdout, stderr, exitCode } = await runCli(['plans', 'push'], env);
    expect(exitCode).toBe(0);
    expect(requests).toMatchObject([{ method: 'POST', url: '/api/admin/billing/push', body: { dryRun: false } }]);
    expect(stdout.split('\n')[0]).toMatch(/^PLAN +ACTION +PRICE +PRODUCT +DETAIL$/);
    expect(stderr).toBe('Pushed: 2 created, 1 skipped.\n');
  });

  test('--dry-run reports that nothing changed; --json prints only the response data', async () => {
    const { env, requests } = await adminStub(() => success([pushed('pro', 'created')]));
    const { stdout, stderr } = await runCli(['plans', 'push', '--dry-run', '--json'], env);
    expect(requests[0]?.body).toEqual({ dryRun: true });
    expect(JSON.parse(stdout)).toEqual([pushed('pro', 'created')]);
    expect(stderr).toBe('Dry run, nothing changed. Would push: 1 created.\n');
  });

  test('exits with 1 when billing is off', async () => {
    const { env } = await adminStub(() => problem(404, 'BILLING_OFF', 'Billing is off.'));
    expect(await runCli(['plans', 'push'], env)).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

describe('billing', () => {
  test('status prints the mode, refusals and versions', async () => {
    const { env } = await adminStub(() => success(aStatus()));
    const { stdout } = await runCli(['billing', 'status'], env);
    expect(stdout).toContain('2026-01-15T12:01:00.000Z: wrong signature');
    expect(stdout).toMatch(/API version +2020-01-01\n/);
    expect(stdout).toMatch(/API version expected +2026-10-28.endive\n/);
    expect(stdout).toMatch(/events dead +1\n/);
  });

  test('status prints the expected API version before the first webhook', async () => {
    const webhook = { ...aStatus().webhook, lastReceivedAt: null, apiVersion: null };
    const { env } = await adminStub(() => success(aStatus({ webhook })));
    expect((await runCli(['billing', 'status'], env)).stdout).toMatch(/API version expected +2026-10-28.endive\n/);
  });

  test('subscriptions prints the entitlement for creating a key', async () => {
    const { env } = await adminStub(() => success([{ id: 'sub_1', consumerId: 'consumer_1', entitlementId: 'entitlement_1' }]));
    expect((await runCli(['billing', 'subscriptions'], env)).stdout).toMatch(/ENTITLEMENT[^\n]*\nsub_1 +consumer_1 +entitlement_1 /);
  });

  test('test-webhook does not claim that the secret is correct, because it signs with the product’s own', async () => {
    const { env } = await adminStub(() => success({ status: 200, milliseconds: 3, eventId: 'evt_1' }));
    const { stderr } = await runCli(['billing', 'test-webhook'], env);
    expect(stderr).toMatch(/^Webhook delivered: .* This does not check that the secret is Stripe’s/);
  });

  test('status explains how to turn on billing when it is off', async () => {
    const { env } = await adminStub(() => success(aStatus({ mode: 'off', webhook: null, graceDays: null })));
    expect((await runCli(['billing', 'status'], env)).stderr).toContain('BILLING=sandbox');
  });

  test.each([
    [['events', '--state', 'dead', '--limit', '5'], 'GET', '/api/admin/billing/events?state=dead&limit=5', []],
    [
      ['subscriptions', '--access', 'grace', '--consumer', 'con_1'],
      'GET',
      '/api/admin/billing/subscriptions?access=grace&consumer=con_1&limit=50',
      [],
    ],
    [['replay', 'evt/1'], 'POST', '/api/admin/billing/events/evt%2F1/replay', { id: 'evt/1', state: 'pending' }],
    [['sync', 'con/1'], 'POST', '/api/admin/billing/sync/con%2F1', { customerId: 'cus_1', subscriptions: [] }],
    [['sandbox', 'advance', '{"seconds":5}'], 'POST', '/api/admin/billing/sandbox/advance', { now: 5 }],
    [['test-webhook'], 'POST', '/api/admin/billing/test-webhook', { status: 200, milliseconds: 3, eventId: 'evt_1' }],
  ])('%j requests %s %s, and --json prints only the response data', async (args, method, url, data) => {
    const { env, requests } = await adminStub(() => success(data));
    expect((await runCli(['billing', ...args], env)).exitCode).toBe(0);
    expect(requests).toMatchObject([{ method, url }]);
    expect(JSON.parse((await runCli(['billing', ...args, '--json'], env)).stdout)).toEqual(data);
  });

  test('sandbox rejects input that is not a JSON object', async () => {
    for (const input of ['seconds=5', '[]', 'null']) {
      expect(await runCli(['billing', 'sandbox', 'advance', input], {})).toMatchObject({ exitCode: 2, stdout: '' });
    }
  });

  test.each([
    [0, 'PUBLIC_URL'],
    [400, 'the body'],
  ])('test-webhook exits with 1 after status %i, and mentions %s', async (status, setting) => {
    const { env } = await adminStub(() => success({ status, milliseconds: 3, eventId: 'evt_1' }));
    const outcome = await runCli(['billing', 'test-webhook'], env);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain(setting);
  });

  test('reconcile waits for its own sweep, not an earlier one, and prints its progress', async () => {
    const earlier = aReport({ startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-01T00:00:01.000Z' });
    const reports = [earlier, aReport({ customers: 1 }), aReport({ customers: 3, drift: 2, finishedAt: '2026-01-15T12:00:09.000Z' })];
    const { env } = await adminStub(({ method }) => success(method === 'POST' ? aReport() : aStatus({ reconcile: reports.shift() })));
    const { stdout, stderr, exitCode } = await runCli(['billing', 'reconcile', '--json'], env);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ customers: 3, drift: 2 });
    expect(stderr).toBe('waiting for the sweep to start\n1 of 3 customers\nDrift found and corrected for 2 customers.\n');
  });

  test('reconcile exits with 1 when the sweep failed', async () => {
    const failed = aReport({ finishedAt: '2026-01-15T12:00:09.000Z', error: 'no answer' });
    const { env } = await adminStub(({ method }) => success(method === 'POST' ? aReport() : aStatus({ reconcile: failed })));
    expect(await runCli(['billing', 'reconcile'], env)).toMatchObject({ exitCode: 1, stderr: 'The sweep failed: no answer\n' });
  });
});

describe('a dispute', () => {
  const aDispute = (fields: object = {}) => ({
    id: 'dp_1',
    customerId: 'cus_1',
    consumerId: 'consumer_1',
    status: 'lost',
    hold: true,
    releasedAt: null,
    createdAt: '2026-01-15T12:00:00.000Z',
    syncedAt: '2026-01-15T12:00:00.000Z',
    ...fields,
  });

  test('is listed with its hold', async () => {
    const { env, requests } = await adminStub(() => ({ ...success([aDispute()]) }));
    const { stdout } = await runCli(['billing', 'disputes'], env);
    expect(requests[0]?.url).toMatch(/^\/api\/admin\/billing\/disputes\?/);
    expect(stdout).toMatch(/dp_1 +consumer_1 +lost +yes/);
  });

  test('is released by its id', async () => {
    const { env, requests } = await adminStub(() => success(aDispute({ hold: false, releasedAt: '2026-01-16T12:00:00.000Z' })));
    const { stderr, exitCode } = await runCli(['billing', 'release', 'dp_1'], env);
    expect(exitCode).toBe(0);
    expect(requests).toMatchObject([{ method: 'POST', url: '/api/admin/billing/disputes/dp_1/release' }]);
    expect(stderr).toBe('Dispute dp_1 no longer suspends the consumer’s keys.\n');
  });
});
