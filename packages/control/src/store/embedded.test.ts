import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, watch, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { geteuid } from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask } from '../testing/database.ts';
import { aDirectory, busyConnection, postmaster, quiet, startServer } from '../testing/embedded-server.ts';
import { freePort } from './embedded/postmaster.ts';
import { startEmbedded } from './embedded.ts';

const isRoot = geteuid?.() === 0;

/**
 * Another process, in its own process group, that starts the server and then does nothing.
 */
function starter(dataDir: string): ChildProcess {
  const text = `
    import { startEmbedded } from ${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)};
    const log = { info() {}, warn() {} };
    const { url } = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, log, fsync: false });
    console.log(url);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', text], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) await killGroup(child);
  });
  return child;
}

async function killGroup(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  process.kill(-child.pid!, 'SIGKILL');
  await gone;
}

async function printed(child: ChildProcess): Promise<string> {
  const [chunk] = await once(child.stdout!, 'data');
  return String(chunk).trim();
}

describe('a first start', () => {
  test('creates a server with UTF-8 that listens on loopback only and requires the password', async () => {
    const dataDir = await aDirectory();
    const server = await startServer(dataDir);
    expect(server.origin).toBe('created');
    const [settings] = await ask(
      server.url,
      `select current_setting('server_encoding') as encoding, current_setting('listen_addresses') as address, current_setting('unix_socket_directories') as sockets`,
    );
    expect(settings).toEqual({ encoding: 'UTF8', address: '127.0.0.1', sockets: '' });
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(ask(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('stores the password in a file that only the product’s user can read, and leaves no set-up files', async () => {
    const dataDir = await aDirectory();
    await startServer(dataDir);
    expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600);
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres-password']);
  });

  test('syncs to disk unless a test disables it', async () => {
    const server = await startEmbedded({ dataDir: await aDirectory(), log: quiet });
    onTestFinished(() => server.stop());
    expect(await ask(server.url, `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`)).toEqual([
      { fsync: 'on', commit: 'on' },
    ]);
  });

  test('works in a long path with spaces and an apostrophe', async () => {
    const dataDir = join(await aDirectory(), `it's a ${'long '.repeat(30)}path`);
    expect((await startServer(dataDir)).origin).toBe('created');
  });

  test('refuses a path that a shell would expand', async () => {
    const dataDir = join(await aDirectory(), 'a$HOME');
    await expect(startEmbedded({ dataDir, log: quiet })).rejects.toThrow(/without quotes, \$/);
  });

  test('is repeated by the next start if it is killed while creating the server', async () => {
    const dataDir = await aDirectory();
    const changes = watch(dataDir);
    const child = starter(dataDir);
    for await (const { filename } of changes) if (filename?.startsWith('postgres-setup-')) break;
    await killGroup(child);
    const server = await startServer(dataDir);
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('a later start', () => {
  test('finds the data of an earlier run', async () => {
    const dataDir = await aDirectory();
    const first = await startServer(dataDir);
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await startServer(dataDir);
    expect(second.origin).toBe('started');
    expect(await ask(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('adopts the server of a product that was killed with its whole process group', async () => {
    const dataDir = await aDirectory();
    const child = starter(dataDir);
    const url = await printed(child);
    const before = await ask(url, 'select pg_postmaster_start_time() as started');
    await killGroup(child);
    const server = await startServer(dataDir);
    expect([server.origin, server.url]).toEqual(['adopted', url]);
    expect(await ask(server.url, 'select pg_postmaster_start_time() as started')).toEqual(before);
  });

  test('ignores a lock file whose process id belongs to another program, and leaves that program running', async () => {
    const dataDir = await aDirectory();
    await (await startServer(dataDir)).stop();
    const directory = join(dataDir, 'postgres');
    const { uid, gid } = await stat(directory);
    const stranger = spawn('sleep', ['60'], { ...(isRoot ? { uid, gid } : {}), cwd: '/' });
    await once(stranger, 'spawn');
    onTestFinished(() => void stranger.kill());
    const file = join(directory, 'postmaster.pid');
    await writeFile(file, `${stranger.pid}\n${directory}\n1700000000\n${await freePort()}\n\n127.0.0.1\n        1         1\nready   \n`);
    const server = await startServer(dataDir);
    expect(server.origin).toBe('started');
    expect(process.kill(stranger.pid!, 0)).toBe(true);
  });

  test('does not adopt another server on the recorded port, even with the same password', async () => {
    const [one, other] = [await aDirectory(), await aDirectory()];
    await (await startServer(one)).stop();
    const foreign = await startServer(other);
    const password = await readFile(join(one, 'postgres-password'), 'utf8');
    await ask(foreign.url, `alter role api_factory password '${password}'`);
    onTestFinished(async () => {
      const url = new URL(foreign.url);
      url.password = password;
      await ask(url.href, `alter role api_factory password '${new URL(foreign.url).password}'`);
    });
    const directory = join(one, 'postgres');
    await writeFile(join(directory, 'postmaster.pid'), `1\n${directory}\n1700000000\n${foreign.port}\n\n127.0.0.1\n\nready   \n`);
    const server = await startServer(one);
    expect([server.origin, server.port === foreign.port]).toEqual(['started', false]);
  });

  test('waits until the last process of a killed server has exited, even if its lock file is gone', async () => {
    const dataDir = await aDirectory();
    const first = await startServer(dataDir);
    const busy = await busyConnection(first.url);
    let hasExited = false;
    void busy.ended.then(() => {
      hasExited = true;
    });
    process.kill(await postmaster(dataDir), 'SIGKILL');
    await rm(join(dataDir, 'postgres', 'postmaster.pid'));
    const second = await startServer(dataDir);
    expect(hasExited).toBe(true);
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('reports which file is missing when the password is gone', async () => {
    const dataDir = await aDirectory();
    await (await startServer(dataDir)).stop();
    await rm(join(dataDir, 'postgres-password'));
    await expect(startEmbedded({ dataDir, log: quiet })).rejects.toThrow(/postgres-password.*restore that file/);
  });

  test('refuses a damaged directory and keeps its password', async () => {
    const dataDir = await aDirectory();
    await (await startServer(dataDir)).stop();
    const password = await readFile(join(dataDir, 'postgres-password'), 'utf8');
    await rm(join(dataDir, 'postgres', 'PG_VERSION'));
    await expect(startEmbedded({ dataDir, log: quiet })).rejects.toThrow(/is not empty and not a database/);
    expect(await readFile(join(dataDir, 'postgres-password'), 'utf8')).toBe(password);
  });

  test('reports the server’s own message when it does not start', async () => {
    const dataDir = await aDirectory();
    await (await startServer(dataDir)).stop();
    await writeFile(join(dataDir, 'postgres', 'postgresql.conf'), 'no_such_setting = 1\n');
    await expect(startEmbedded({ dataDir, log: quiet })).rejects.toThrow(/no_such_setting/);
  });
});
