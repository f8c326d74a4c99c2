import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { adminStub, OPERATOR_KEY, problem, success } from '../testing/admin-stub.ts';
import { runCli } from '../testing/terminal.ts';

function aDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'cli-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe('the command line', () => {
  test.each([
    [['--help'], 0],
    [['keys', 'create', '--help'], 0],
    [['--version'], 0],
    [['keys'], 2],
    [['nonsense'], 2],
    [['keys', 'list', '--nonsense'], 2],
    [['keys', 'create'], 2],
    [['keys', 'list', '--status', 'odd'], 2],
    [['keys', 'list', '--url', 'localhost:8787', '--admin-key', OPERATOR_KEY], 2],
  ])('%j exits with %i', async (args, exitCode) => {
    expect((await runCli(args)).exitCode).toBe(exitCode);
  });

  test('runs serve without arguments, but not for an unknown command', async () => {
    // An invalid setting makes startup fail before it creates anything.
    const invalid = { PORT: 'none' };
    const serve = await runCli(['serve'], invalid);
    expect(serve).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('PORT') });
    expect(await runCli([], invalid)).toEqual(serve);
    const unknown = await runCli(['nonsense'], invalid);
    expect(unknown).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("unknown command 'nonsense'") });
  });

  test('exits with 1 when the operator API returns an error, and prints status, code, detail and request id', async () => {
    const { env } = await adminStub(() => problem(404, 'NOT_FOUND', 'There is no key with the id key_9.'));
    const outcome = await runCli(['keys', 'suspend', 'key_9'], env);
    expect(outcome).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: 404 NOT_FOUND: There is no key with the id key_9. (request req_7)\n',
    });
  });

  test('prints every invalid field', async () => {
    const errors = [
      { pointer: '#/name', detail: 'is required' },
      { pointer: '#/plan', detail: 'must be a slug' },
    ];
    const { env } = await adminStub(() => problem(400, 'VALIDATION_FAILED', '#/name is required', errors));
    const { stderr } = await runCli(['keys', 'create', '--name', 'x'], env);
    expect(stderr).toContain('\n  #/name is required\n  #/plan must be a slug\n');
  });

  test.each([
    ['an HTML page', { body: '<html>' }],
    ['JSON without the envelope', { body: [] }],
    ['an error in another format', { status: 502, body: { code: 'BAD_GATEWAY' } }],
  ])('exits with 1 when a proxy responds with %s', async (_response, reply) => {
    const { env, url } = await adminStub(() => reply);
    const { exitCode, stderr } = await runCli(['keys', 'list'], env);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`error: ${url} answered ${'status' in reply ? reply.status : 200}, but not with a response from API-Factory`);
  });

  test('exits with 1 when nothing listens, and prints the address and the fix', async () => {
    const { env, close, url } = await adminStub(() => success([]));
    await close();
    const outcome = await runCli(['keys', 'list'], env);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toBe(
      `error: ${url} can’t be reached (ECONNREFUSED). Is the product running there? Use --url for another address.\n`,
    );
  });
});

describe('the operator key', () => {
  test.each(['flag', 'flag file', 'environment', 'environment file', 'data directory'])('is read from the %s', async (source) => {
    const { requests, url } = await adminStub(() => success([]));
    const home = aDirectory();
    const file = join(home, 'operator-key');
    writeFileSync(file, `${OPERATOR_KEY}\n`);
    const sources: Record<string, { args: string[]; env: NodeJS.ProcessEnv }> = {
      flag: { args: ['--admin-key', OPERATOR_KEY], env: { API_FACTORY_ADMIN_KEY: 'another' } },
      'flag file': { args: ['--admin-key-file', file], env: { API_FACTORY_ADMIN_KEY: 'another' } },
      environment: { args: [], env: { API_FACTORY_ADMIN_KEY: OPERATOR_KEY } },
      'environment file': { args: [], env: { API_FACTORY_ADMIN_KEY_FILE: file } },
      'data directory': { args: [], env: { API_FACTORY_DATA_DIR: home } },
    };
    const { args = [], env } = sources[source] ?? {};
    const outcome = await runCli(['keys', 'list', '--url', url, ...args], env);
    expect(outcome.exitCode).toBe(0);
    expect(requests[0]?.authorization).toBe(`Bearer ${OPERATOR_KEY}`);
  });

  test('in the data directory is never sent to another machine', async () => {
    const home = aDirectory();
    writeFileSync(join(home, 'operator-key'), OPERATOR_KEY);
    const outcome = await runCli(['keys', 'list', '--url', 'http://127.0.0.1.example.com'], { API_FACTORY_DATA_DIR: home });
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain('there is no operator key');
  });
});
