import { describe, expect, test } from 'vitest';
import { adminStub, aKey, success } from '../testing/admin-stub.ts';
import { runCli } from '../testing/terminal.ts';

describe('keys', () => {
  test('create prints only the key on standard output', async () => {
    const { env, requests } = await adminStub(() => success(aKey({ key: 'af_live_secret' })));
    const args = ['keys', 'create', '--name', 'first', '--plan', 'starter', '--consumer', 'con_1', '--expires-at', '2030-01-01T00:00:00Z'];
    const outcome = await runCli(args, env);
    expect(outcome.stdout).toBe('af_live_secret\n');
    expect(outcome.stderr).toContain('key_1 on plan starter');
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: '/api/admin/keys',
      body: { name: 'first', plan: 'starter', consumerId: 'con_1', expiresAt: '2030-01-01T00:00:00Z' },
    });
  });

  test('create --json prints the complete key', async () => {
    const { env } = await adminStub(() => success(aKey({ key: 'af_live_secret' })));
    const { stdout } = await runCli(['keys', 'create', '--name', 'first', '--json'], env);
    expect(JSON.parse(stdout)).toEqual(aKey({ key: 'af_live_secret' }));
  });

  test('list follows the cursors up to the limit, and requests no more items than it needs', async () => {
    const { env, requests } = await adminStub(({ url }) => {
      const query = new URL(url, 'http://x').searchParams;
      const length = Number(query.get('limit'));
      return success(
        Array.from({ length }, () => aKey()),
        `after-${query.get('cursor') ?? 'start'}`,
      );
    });
    const { stdout } = await runCli(['keys', 'list', '--json', '--limit', '1001', '--status', 'enabled'], env);
    expect(JSON.parse(stdout)).toHaveLength(1001);
    expect(requests.map(({ url }) => url)).toEqual([
      '/api/admin/keys?status=enabled&limit=1000',
      '/api/admin/keys?status=enabled&limit=1&cursor=after-start',
    ]);
  });

  test('list stops at the last page', async () => {
    const { env, requests } = await adminStub(({ url }) => (url.includes('cursor') ? success([aKey()]) : success([aKey()], 'next')));
    const { stdout } = await runCli(['keys', 'list', '--json'], env);
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect(requests).toHaveLength(2);
  });

  test('list prints only the column titles when there are no keys', async () => {
    const { env } = await adminStub(() => success([]));
    const { stdout } = await runCli(['keys', 'list'], env);
    expect(stdout).toBe('ID  NAME  KEY  STATUS  PLAN  CONSUMER  EXPIRES  LAST USED\n');
  });

  test('list prints no control characters from a name', async () => {
    const { env } = await adminStub(() => success([aKey({ name: 'a\u001b[31mb\nc' })]));
    const { stdout } = await runCli(['keys', 'list'], env);
    expect(stdout).toContain('a?[31mb?c');
  });

  test.each(['suspend', 'resume', 'revoke'])('%s escapes the id in its path, and prints the status', async (verb) => {
    const { env, requests } = await adminStub(() => success(aKey({ status: 'suspended' })));
    const { stdout, exitCode } = await runCli(['keys', verb, 'key/1'], env);
    expect(exitCode).toBe(0);
    expect(requests).toMatchObject([{ method: 'POST', url: `/api/admin/keys/key%2F1/${verb}` }]);
    expect(stdout).toBe('ID     NAME   STATUS\nkey_1  first  suspended\n');
  });

  test.each([
    [[], 0],
    [['--overlap', '3600'], 3600],
    [['--overlap', '2592000'], 2_592_000],
  ])('rotate %j requests an overlap of %i s', async (args, overlapSeconds) => {
    const { env, requests } = await adminStub(() => success(aKey({ id: 'key_2', key: 'af_live_next' })));
    const { stdout } = await runCli(['keys', 'rotate', 'key_1', ...args], env);
    expect(stdout).toBe('af_live_next\n');
    expect(requests).toMatchObject([{ url: '/api/admin/keys/key_1/rotate', body: { overlapSeconds } }]);
  });

  test('rotate rejects an overlap of more than 30 days without sending a request', async () => {
    const { env, requests } = await adminStub(() => success(aKey()));
    expect((await runCli(['keys', 'rotate', 'key_1', '--overlap', '2592001'], env)).exitCode).toBe(2);
    expect(requests).toEqual([]);
  });
});
