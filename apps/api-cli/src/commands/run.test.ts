import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { adminStub, aKey, aPlan, problem, type Reply, type Seen, success } from '../testing/admin-stub.ts';
import { runCli } from '../testing/terminal.ts';

const KEY = 'k'.repeat(32);
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanups.splice(0)) await step();
});

async function stub(answer: (seen: Seen) => Reply) {
  const server = await adminStub(answer);
  cleanups.push(server.close);
  return { ...server, env: { API_FACTORY_URL: server.url, API_FACTORY_ADMIN_KEY: KEY } };
}

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'cli-'));
  cleanups.push(() => rmSync(path, { recursive: true }));
  return path;
}

describe('exit codes', () => {
  test.each([
    [['--help'], 0],
    [['keys', 'create', '--help'], 0],
    [['--version'], 0],
    [['keys'], 2],
    [['nonsense'], 2],
    [['keys', 'list', '--nonsense'], 2],
    [['keys', 'create'], 2],
    [['keys', 'list', '--status', 'odd'], 2],
    [['keys', 'list', '--url', 'localhost:8787', '--admin-key', KEY], 2],
  ])('%j ends with %i', async (args, exitCode) => {
    expect((await runCli(args)).exitCode).toBe(exitCode);
  });

  test('no argument runs serve, an unknown word does not', async () => {
    // The start ends at the wrong setting, before anything is made.
    const wrong = { PORT: 'none' };
    const serve = await runCli(['serve'], wrong);
    expect(serve).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('PORT') });
    expect(await runCli([], wrong)).toEqual(serve);
    const unknown = await runCli(['nonsense'], wrong);
    expect(unknown).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("unknown command 'nonsense'") });
  });

  test('a refusal of the admin API ends with 1 and tells status, code, detail and request id', async () => {
    const { env } = await stub(() => problem(404, 'NOT_FOUND', 'There is no key with the id key_9.'));
    const outcome = await runCli(['keys', 'suspend', 'key_9'], env);
    expect(outcome).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: 404 NOT_FOUND: There is no key with the id key_9. (request req_7)\n',
    });
  });

  test('several wrong fields are told one by one', async () => {
    const errors = [
      { pointer: '#/name', detail: 'is required' },
      { pointer: '#/plan', detail: 'must be a slug' },
    ];
    const { env } = await stub(() => problem(400, 'VALIDATION_FAILED', '#/name is required', errors));
    const { stderr } = await runCli(['keys', 'create', '--name', 'x'], env);
    expect(stderr).toContain('\n  #/name is required\n  #/plan must be a slug\n');
  });

  test('an answer of something else ends with 1 and says so', async () => {
    const { env } = await stub(() => ({ body: '<html>' }));
    const outcome = await runCli(['keys', 'list'], env);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain('without a body that API-Factory writes');
  });

  test('nobody listening ends with 1 and names the address', async () => {
    const { env, close, url } = await stub(() => success([]));
    await close();
    const outcome = await runCli(['keys', 'list'], env);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain(`${url} can’t be reached (ECONNREFUSED)`);
  });
});

describe('the operator key', () => {
  test.each(['flag', 'flag file', 'environment', 'environment file', 'data directory'])('comes from the %s', async (source) => {
    const { seen, url } = await stub(() => success([]));
    const home = directory();
    const file = join(home, 'operator-key');
    writeFileSync(file, `${KEY}\n`);
    const ways: Record<string, { args: string[]; env: NodeJS.ProcessEnv }> = {
      flag: { args: ['--admin-key', KEY], env: { API_FACTORY_ADMIN_KEY: 'another' } },
      'flag file': { args: ['--admin-key-file', file], env: { API_FACTORY_ADMIN_KEY: 'another' } },
      environment: { args: [], env: { API_FACTORY_ADMIN_KEY: KEY } },
      'environment file': { args: [], env: { API_FACTORY_ADMIN_KEY_FILE: file } },
      'data directory': { args: [], env: { API_FACTORY_DATA_DIR: home } },
    };
    const { args = [], env } = ways[source] ?? {};
    const outcome = await runCli(['keys', 'list', '--url', url, ...args], env);
    expect(outcome.exitCode).toBe(0);
    expect(seen[0]?.authorization).toBe(`Bearer ${KEY}`);
  });

  test('of the data directory is never sent to another machine', async () => {
    const home = directory();
    writeFileSync(join(home, 'operator-key'), KEY);
    const outcome = await runCli(['keys', 'list', '--url', 'http://127.0.0.1.example.com'], { API_FACTORY_DATA_DIR: home });
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain('there is no operator key');
  });
});

describe('keys', () => {
  test('create writes the key alone to standard output', async () => {
    const { env, seen } = await stub(() => success(aKey({ key: 'af_live_secret' })));
    const args = ['keys', 'create', '--name', 'first', '--plan', 'starter', '--consumer', 'con_1', '--expires-at', '2030-01-01T00:00:00Z'];
    const outcome = await runCli(args, env);
    expect(outcome.stdout).toBe('af_live_secret\n');
    expect(outcome.stderr).toContain('key_1 on plan starter');
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/api/admin/keys',
      body: { name: 'first', plan: 'starter', consumerId: 'con_1', expiresAt: '2030-01-01T00:00:00Z' },
    });
  });

  test('create --json writes the whole answer as JSON', async () => {
    const { env } = await stub(() => success(aKey({ key: 'af_live_secret' })));
    const { stdout } = await runCli(['keys', 'create', '--name', 'first', '--json'], env);
    expect(JSON.parse(stdout)).toEqual(aKey({ key: 'af_live_secret' }));
  });

  test('list follows the cursors until the limit, asking for no more than is missing', async () => {
    const { env, seen } = await stub(({ url }) => {
      const query = new URL(url, 'http://x').searchParams;
      const length = Number(query.get('limit'));
      return success(
        Array.from({ length }, () => aKey()),
        `after-${query.get('cursor') ?? 'start'}`,
      );
    });
    const { stdout } = await runCli(['keys', 'list', '--json', '--limit', '1001', '--status', 'enabled'], env);
    expect(JSON.parse(stdout)).toHaveLength(1001);
    expect(seen.map(({ url }) => url)).toEqual([
      '/api/admin/keys?status=enabled&limit=1000',
      '/api/admin/keys?status=enabled&limit=1&cursor=after-start',
    ]);
  });

  test('list ends with the last page', async () => {
    const { env, seen } = await stub(({ url }) => (url.includes('cursor') ? success([aKey()]) : success([aKey()], 'next')));
    const { stdout } = await runCli(['keys', 'list', '--json'], env);
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect(seen).toHaveLength(2);
  });

  test('an empty list is the titles alone', async () => {
    const { env } = await stub(() => success([]));
    const { stdout } = await runCli(['keys', 'list'], env);
    expect(stdout).toBe('ID  NAME  KEY  STATUS  PLAN  CONSUMER  EXPIRES  LAST USED\n');
  });

  test('a name can’t steer the terminal', async () => {
    const { env } = await stub(() => success([aKey({ name: 'a\u001b[31mb\nc' })]));
    const { stdout } = await runCli(['keys', 'list'], env);
    expect(stdout).toContain('a?[31mb?c');
  });

  test.each(['suspend', 'resume', 'revoke'])('%s calls its path, with the id escaped, and shows the status', async (verb) => {
    const { env, seen } = await stub(() => success(aKey({ status: 'suspended' })));
    const { stdout, exitCode } = await runCli(['keys', verb, 'key/1'], env);
    expect(exitCode).toBe(0);
    expect(seen).toMatchObject([{ method: 'POST', url: `/api/admin/keys/key%2F1/${verb}` }]);
    expect(stdout).toBe('ID     NAME   STATUS\nkey_1  first  suspended\n');
  });

  test.each([
    [[], 0],
    [['--overlap', '3600'], 3600],
    [['--overlap', '2592000'], 2_592_000],
  ])('rotate %j asks for an overlap of %i s', async (args, overlapSeconds) => {
    const { env, seen } = await stub(() => success(aKey({ id: 'key_2', key: 'af_live_next' })));
    const { stdout } = await runCli(['keys', 'rotate', 'key_1', ...args], env);
    expect(stdout).toBe('af_live_next\n');
    expect(seen).toMatchObject([{ url: '/api/admin/keys/key_1/rotate', body: { overlapSeconds } }]);
  });

  test('rotate refuses an overlap of more than 30 days without asking anyone', async () => {
    const { env, seen } = await stub(() => success(aKey()));
    expect((await runCli(['keys', 'rotate', 'key_1', '--overlap', '2592001'], env)).exitCode).toBe(2);
    expect(seen).toEqual([]);
  });
});

describe('plans set', () => {
  const absent = ({ method }: Seen): Reply => (method === 'GET' ? problem(404, 'NOT_FOUND', 'no') : success(aPlan()));

  test('creates a plan that is not there, with a month, 60 s and usd by default', async () => {
    const { env, seen } = await stub(absent);
    const args = ['plans', 'set', 'team', '--name', 'Team', '--quota', '1000', '--rate', '60', '--price', '1900'];
    expect((await runCli(args, env)).exitCode).toBe(0);
    expect(seen[1]).toMatchObject({
      method: 'POST',
      url: '/api/admin/plans',
      body: {
        id: 'team',
        name: 'Team',
        quota: { limit: 1000, period: 'month' },
        rate: { limit: 60, windowSeconds: 60 },
        price: { amountCents: 1900, currency: 'usd', interval: 'month' },
        apis: null,
      },
    });
  });

  test('names what a new plan lacks and sends nothing', async () => {
    const { env, seen } = await stub(absent);
    const outcome = await runCli(['plans', 'set', 'team', '--quota', '5'], env);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain('a new one needs --name, --rate');
    expect(seen.map(({ method }) => method)).toEqual(['GET']);
  });

  test('keeps what is not named, and moves entitlements unless told to keep them', async () => {
    const present = aPlan({ price: { amountCents: 1, currency: 'eur', interval: 'year' }, apis: ['hello'] });
    const { env, seen } = await stub(({ method }) => success(method === 'GET' ? present : aPlan({ version: 2 })));
    await runCli(['plans', 'set', 'team', '--quota', 'unlimited'], env);
    await runCli(['plans', 'set', 'team', '--rate', '0', '--existing', 'keep'], env);
    const { name, quota, rate, price, apis } = present;
    expect(seen[1]).toMatchObject({ method: 'PUT', url: '/api/admin/plans/team' });
    expect(seen[1]?.body).toEqual({ name, quota: { ...quota, limit: null }, rate, price, apis, existing: 'now' });
    expect(seen[3]?.body).toEqual({ name, quota, rate: { ...rate, limit: 0 }, price, apis, existing: 'keep' });
  });

  test.each([
    [{ version: 2, moved: 3 }, 'Plan team is now at version 2. All its entitlements have moved to it.'],
    [
      { version: 2, moved: 500, moving: 99_500 },
      'at version 2. 500 of its entitlements have moved to it; 99500 more follow in the background.',
    ],
    [{ version: 1, moved: 7 }, 'Plan team is at version 1. All its entitlements have moved to it.'],
    [{ version: 1 }, 'Plan team was so already.'],
  ])('after %j says: %s', async (edited, said) => {
    const { env } = await stub(({ method }) => success(method === 'GET' ? aPlan() : aPlan(edited)));
    const outcome = await runCli(['plans', 'set', 'team', '--quota', '5'], env);
    expect(outcome.stderr + outcome.stdout).toContain(said);
  });

  test('another refusal than "not found" is told, not taken for a new plan', async () => {
    const { env, seen } = await stub(() => problem(401, 'INVALID_KEY', 'no'));
    expect((await runCli(['plans', 'set', 'team', '--name', 'T', '--quota', '1', '--rate', '1'], env)).exitCode).toBe(1);
    expect(seen).toHaveLength(1);
  });

  test.each(['-1', '1.5', 'many', '9000000000000001', ''])('refuses a quota of "%s"', async (quota) => {
    const { env, seen } = await stub(absent);
    expect((await runCli(['plans', 'set', 'team', '--quota', quota], env)).exitCode).toBe(2);
    expect(seen).toEqual([]);
  });
});

describe('the price of a plan', () => {
  const kept = (price: object | null) => ({
    id: 'team',
    name: 'Team',
    version: 2,
    entitlements: 0,
    quota: { limit: 5, period: 'month' },
    rate: { limit: 1, windowSeconds: 60 },
    price,
    apis: null,
  });
  const yen = { amountCents: 4900, currency: 'jpy', interval: 'month' };

  test('is shown in its currency’s own digits', async () => {
    const { env } = await stub(() => success([kept(yen), kept({ ...yen, currency: 'usd' }), kept({ ...yen, currency: 'kwd' })]));
    const { stdout } = await runCli(['plans', 'list'], env);
    for (const text of ['JPY 4,900/month', 'USD 49.00/month', 'KWD 4.900/month']) expect(stdout).toContain(text);
  });

  test('none takes it away, and the command names the push that ends the sale', async () => {
    const { env, seen } = await stub(({ method }) => success(kept(method === 'GET' ? yen : null)));
    const { stderr } = await runCli(['plans', 'set', 'team', '--price', 'none'], env);
    expect(seen[1]).toMatchObject({ method: 'PUT', body: { price: null, name: 'Team' } });
    expect(stderr).toContain('plans push');
  });
});

test('plans delete deletes, and a refusal ends with 1', async () => {
  const { env, seen } = await stub(() => success({ id: 'team' }));
  expect(await runCli(['plans', 'delete', 'team', '--yes'], env)).toMatchObject({ exitCode: 0, stderr: 'Plan team is deleted.\n' });
  expect(seen).toMatchObject([{ method: 'DELETE', url: '/api/admin/plans/team' }]);
  const used = await stub(() => problem(409, 'PLAN_IN_USE', 'It is in use.'));
  expect(await runCli(['plans', 'delete', 'team'], used.env)).toMatchObject({ exitCode: 1, stdout: '' });
});
