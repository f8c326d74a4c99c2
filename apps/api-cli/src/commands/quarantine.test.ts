import { afterEach, describe, expect, test } from 'vitest';
import { adminStub, problem, type Reply, type Seen, success } from '../testing/admin-stub.ts';
import { runCli } from '../testing/terminal.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanups.splice(0)) await step();
});

async function stub(answer: (seen: Seen) => Reply) {
  const server = await adminStub(answer);
  cleanups.push(server.close);
  return { ...server, env: { API_FACTORY_URL: server.url, API_FACTORY_ADMIN_KEY: 'k'.repeat(32) } };
}

const aRecord = (id: string) => ({ id, at: '2026-01-01T00:00:00.000Z', gatewayId: 'gw_1', reason: 'out of range', record: {} });
const idIn = ({ url }: Seen) => /quarantine\/([^/?]+)/.exec(url)?.[1] as string;

test('the list goes on behind an empty page', async () => {
  const pages = [success([], 'a'), success([aRecord('2')], 'b'), success([aRecord('1')])];
  const { env, seen } = await stub(() => pages.shift() as Reply);
  const { stdout, exitCode } = await runCli(['usage', 'quarantine', 'list', '--limit', '5'], env);
  expect([exitCode, seen.length]).toEqual([0, 3]);
  expect(stdout).toMatch(/2 +2026-01-01T00:00:00.000Z +gw_1 +out of range\n1 /);
});

describe('retry', () => {
  test('of one record says what became of it', async () => {
    const { env, seen } = await stub(() => success({ id: '7', outcome: 'stored', reason: null }));
    const { stdout, exitCode } = await runCli(['usage', 'quarantine', 'retry', '7', '--json'], env);
    expect(seen).toMatchObject([{ method: 'POST', url: '/api/admin/usage/quarantine/7/retry' }]);
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, { id: '7', outcome: 'stored', reason: null }]);
  });

  test('of all drives the oldest first, leaves out what is gone meanwhile, and fails when one is refused again', async () => {
    const { env, seen } = await stub((request) => {
      if (request.method === 'GET') return success([aRecord('3'), aRecord('2'), aRecord('1')]);
      const id = idIn(request);
      if (id === '2') return problem(404, 'NOT_FOUND', 'There is no quarantined record with this id.');
      return success({ id, outcome: id === '1' ? 'stored' : 'refused', reason: id === '1' ? null : 'too long' });
    });
    const { stdout, stderr, exitCode } = await runCli(['usage', 'quarantine', 'retry', '--all'], env);
    expect(seen.slice(1).map(idIn)).toEqual(['1', '2', '3']);
    expect(stdout).toMatch(/1 +stored.*\n3 +refused +too long/);
    expect([exitCode, stderr]).toEqual([1, '1 of 2 records were refused again.\n']);
  });

  test('of an empty quarantine does nothing', async () => {
    const { env, seen } = await stub(() => success([]));
    expect((await runCli(['usage', 'quarantine', 'retry', '--all'], env)).exitCode).toBe(0);
    expect(seen).toHaveLength(1);
  });

  test.each([[[]], [['7', '--all']]])('wants one record or all of them: %j', async (args) => {
    const { env, seen } = await stub(() => success([]));
    expect((await runCli(['usage', 'quarantine', 'retry', ...args], env)).exitCode).toBe(2);
    expect(seen).toEqual([]);
  });
});

test('discard gives a record up', async () => {
  const { env, seen } = await stub(() => success({ id: '7', outcome: 'discarded', reason: null }));
  const { stdout, exitCode } = await runCli(['usage', 'quarantine', 'discard', '7', '--yes'], env);
  expect(seen).toMatchObject([{ method: 'POST', url: '/api/admin/usage/quarantine/7/discard' }]);
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/7 +discarded/)]);
});

test('the sums are still what usage shows by itself', async () => {
  const { env, seen } = await stub(() => success({ rows: [], refusals: [] }));
  expect((await runCli(['usage', '--bucket', 'day'], env)).exitCode).toBe(0);
  expect(seen[0]?.url).toContain('/usage/summary?groupBy=key&bucket=day');
});
