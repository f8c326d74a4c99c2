import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { AlreadyInUseError, holdDirectory, holdSocket } from './directory-lock.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function aDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lock-'));
  undo.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Another process that runs `call` of the lock's module, prints when it is done, and waits. */
async function holder(call: string): Promise<ChildProcess> {
  const text = `
    import { holdDirectory, holdSocket } from ${JSON.stringify(new URL('./directory-lock.ts', import.meta.url).href)};
    await ${call};
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  undo.push(() => kill(child));
  await once(child.stdout!, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('a directory locked by another process is refused by name, and free once that process is killed', async () => {
  const dataDir = await aDirectory();
  const child = await holder(`holdDirectory(${JSON.stringify(dataDir)})`);
  await expect(holdDirectory(dataDir)).rejects.toThrow(AlreadyInUseError);
  await expect(holdDirectory(dataDir)).rejects.toThrow(dataDir);
  await kill(child);
  await (await holdDirectory(dataDir)).release();
});

test('the same directory is also refused through another path', async () => {
  const dataDir = await aDirectory();
  const alias = join(await aDirectory(), 'alias');
  await symlink(dataDir, alias);
  const lock = await holdDirectory(dataDir);
  await expect(holdDirectory(alias)).rejects.toThrow(AlreadyInUseError);
  await lock.release();
  await (await holdDirectory(alias)).release();
});

test('two directories can be locked at once, and missing ones are created', async () => {
  const parent = await aDirectory();
  const locks = await Promise.all(['one', 'other'].map((name) => holdDirectory(join(parent, name))));
  expect((await stat(join(parent, 'one'))).mode & 0o777).toBe(0o700);
  for (const lock of locks) await lock.release();
});

test('a socket file of a killed process is taken over, one of a live process is not', async () => {
  const file = join(await aDirectory(), 'product.sock');
  const child = await holder(`holdSocket(${JSON.stringify(file)})`);
  expect(await holdSocket(file)).toBeNull();
  await kill(child);
  expect((await stat(file)).isSocket()).toBe(true);
  const server = await holdSocket(file);
  expect(server?.listening).toBe(true);
  server?.close();
});

test('a directory that can’t be created is reported with its path and a fix', async () => {
  const file = join(await aDirectory(), 'file');
  await writeFile(file, '');
  await expect(holdDirectory(file)).rejects.toThrow(`the data directory ${file} can’t be created (EEXIST): create it, owned by`);
  await expect(holdDirectory(join(file, 'below'))).rejects.toThrow('can’t be created (ENOTDIR)');
});
