import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSandbox } from './run-sandbox.ts';
import { rawRequest } from './testing/raw-request.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'billing-sandbox-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function run(...args: string[]) {
  let output = '';
  const say = (text: string) => {
    output += text;
  };
  const sandbox = await runSandbox({ args, cwd: directory, say });
  return { sandbox, output: () => output };
}

describe('runSandbox', () => {
  it('prints its URL and how to point API-Factory at it, but no secrets', async () => {
    const { sandbox, output } = await run('--port', '0', '--dir', 'state', '--webhook', 'http://127.0.0.1:9/hook');
    const folder = join(directory, 'state');
    for (const text of [
      'not Stripe',
      'BILLING=stripe',
      `STRIPE_API_BASE=${sandbox?.url}`,
      'http://127.0.0.1:9/hook',
      `${folder}/secrets.json`,
    ]) {
      expect(output()).toContain(text);
    }
    for (const secret of [sandbox?.secretKey, sandbox?.webhookSecret, sandbox?.token]) expect(output()).not.toContain(secret);
    await sandbox?.close();
  });

  it('keeps its secrets in files that only their owner can read', async () => {
    const { sandbox, output } = await run('--port', '0', '--dir', 'state');
    const [, keyFile = ''] = /STRIPE_SECRET_KEY_FILE=(.*)/.exec(output()) ?? [];
    const [, webhookFile = ''] = /STRIPE_WEBHOOK_SECRET_FILE=(.*)/.exec(output()) ?? [];
    expect((await readFile(keyFile, 'utf8')).trim()).toBe(sandbox?.secretKey);
    expect((await readFile(webhookFile, 'utf8')).trim()).toBe(sandbox?.webhookSecret);
    for (const file of [keyFile, webhookFile, join(directory, 'state/secrets.json')]) {
      expect((await stat(file)).mode & 0o777, file).toBe(0o600);
    }
    await sandbox?.close();
  });

  it('has the same key after a restart', async () => {
    const first = await run('--port', '0', '--dir', 'state');
    await first.sandbox?.close();
    const second = await run('--port', '0', '--dir', 'state');
    expect(second.sandbox?.secretKey).toBe(first.sandbox?.secretKey);
    await second.sandbox?.close();
  });

  it('prints that events go nowhere until --webhook is given, and then remembers the URL', async () => {
    const first = await run('--port', '0', '--dir', 'state');
    expect(first.output()).toMatch(/Events: +nowhere yet; start with --webhook/);
    expect(first.output()).toContain('PUBLIC_URL');
    await first.sandbox?.close();
    await (await run('--port', '0', '--dir', 'state', '--webhook', 'http://127.0.0.1:9/hook')).sandbox?.close();
    const third = await run('--port', '0', '--dir', 'state');
    expect(third.output()).toMatch(/Events: +http:..127.0.0.1:9.hook \(from the last start\)/);
    await third.sandbox?.close();
  });

  it.each([[['--port', 'x']], [['--port', '65536']], [['--webhook', 'ftp://x']], [['--prot', '1']]])('refuses %j', async (args) => {
    await expect(run(...args)).rejects.toThrow();
  });

  it('starts nothing for --help', async () => {
    const { sandbox, output } = await run('--help');
    expect(sandbox).toBeNull();
    expect(output()).toContain('--webhook');
  });

  it('exits cleanly on SIGINT with an open connection', async () => {
    const main = fileURLToPath(new URL('./main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', main, '--port', '0', '--dir', directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    const [url = ''] = /http:\S+/.exec(first.toString()) ?? [];
    expect((await rawRequest(url, { headers: { connection: 'keep-alive' } })).status).toBe(200);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
