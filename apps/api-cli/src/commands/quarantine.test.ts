import { describe, expect, test } from 'vitest';
import { adminStub, problem, type Reply, type StubRequest, success } from '../testing/admin-stub.ts';
import { runCli } from '../testing/terminal.ts';

const aRecord = (id: string) => ({ id, at: '2026-01-01T00:00:00.000Z', gatewayId: 'gw_1', reason: 'out of range', record: {} });
const idIn = ({ url }: StubRequest) => /quarantine\/([^/?]+)/.exec(url)?.[1] as string;

test('usage quarantine list continues after an empty page', async () => {
  const pages = [success([], 'a'), success([aRecord('2')], 'b'), success([aRecord('1')])];
  const { env, requests } = await adminStub(() => pages.shift() as Reply);
  const { stdout, exitCode } = await runCli(['usage', 'quarantine', 'list', '--limit', '5'], env);
  expect([exitCode, requests.length]).toEqual([0, 3]);
  expect(stdout).toMatch(/2 +2026-01-01T00:00:00.000Z +gw_1 +out of range\n1 /);
});

describe('usage quarantine retry', () => {
  test('prints the outcome of one record', async () => {
    const { env, requests } = await adminStub(() => success({ id: '7', outcome: 'stored', reason: null }));
    const { stdout, exitCode } = await runCli(['usage', 'quarantine', 'retry', '7', '--json'], env);
    expect(requests).toMatchObject([{ method: 'POST', url: '/api/admin/usage/quarantine/7/retry' }]);
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, { id: '7', outcome: 'stored', reason: null }]);
  });

  test('--all retries the oldest first, skips records that no longer exist, and exits with 1 when one is refused again', async () => {
    const { env, requests } = await adminStub((request) => {
      if (request.method === 'GET') return success([aRecord('3'), aRecord('2'), aRecord('1')]);
      const id = idIn(request);
      if (id === '2') return problem(404, 'NOT_FOUND', 'There is no quarantined record with this id.');
      return success({ id, outcome: id === '1' ? 'stored' : 'refused', reason: id === '1' ? null : 'too long' });
    });
    const { stdout, stderr, exitCode } = await runCli(['usage', 'quarantine', 'retry', '--all'], env);
    expect(requests.slice(1).map(idIn)).toEqual(['1', '2', '3']);
    expect(stdout).toMatch(/1 +stored.*\n3 +refused +too long/);
    expect([exitCode, stderr]).toEqual([1, 'Refused again: 1 of 2 records.\n']);
  });

  test('--all does nothing when the quarantine is empty', async () => {
    const { env, requests } = await adminStub(() => success([]));
    expect((await runCli(['usage', 'quarantine', 'retry', '--all'], env)).exitCode).toBe(0);
    expect(requests).toHaveLength(1);
  });

  test.each([[[]], [['7', '--all']]])('rejects %j: either one record or --all is required', async (args) => {
    const { env, requests } = await adminStub(() => success([]));
    expect((await runCli(['usage', 'quarantine', 'retry', ...args], env)).exitCode).toBe(2);
    expect(requests).toEqual([]);
  });
});

test('usage quarantine discard discards a record', async () => {
  const { env, requests } = await adminStub(() => success({ id: '7', outcome: 'discarded', reason: null }));
  const { stdout, exitCode } = await runCli(['usage', 'quarantine', 'discard', '7', '--yes'], env);
  expect(requests).toMatchObject([{ method: 'POST', url: '/api/admin/usage/quarantine/7/discard' }]);
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/7 +discarded/)]);
});

test('usage without a subcommand prints totals', async () => {
  const { env, requests } = await adminStub(() => success({ rows: [], refusals: [] }));
  expect((await runCli(['usage', '--bucket', 'day'], env)).exitCode).toBe(0);
  expect(requests[0]?.url).toContain('/usage/summary?groupBy=key&bucket=day');
});
