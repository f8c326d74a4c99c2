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

/** Another process that runs `call` of the lock's module, says so, and then waits. */
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

test('a directory that another process holds is refused with its name, and is free once that process was killed', async () => {
  const dataDir = await aDirectory();
  const child = await holder(`holdDirectory(${JSON.stringify(dataDir)})`);
  await expect(holdDirectory(dataDir)).rejects.toThrow(AlreadyInUseError);
  await expect(holdDirectory(dataDir)).rejects.toThrow(dataDir);
  await kill(child);
  await (await holdDirectory(dataDir)).release();
});

test('the same directory by another path is refused too', async () => {
  const dataDir = await aDirectory();
  const alias = join(await aDirectory(), 'alias');
  await symlink(dataDir, alias);
  const lock = await holdDirectory(dataDir);
  await expect(holdDirectory(alias)).rejects.toThrow(AlreadyInUseError);
  await lock.release();
  await (await holdDirectory(alias)).release();
});

test('two directories are held at once, and one that does not exist yet is created', async () => {
  const parent = await aDirectory();
  const locks = await Promise.all(['one', 'other'].map((name) => holdDirectory(join(parent, name))));
  expect((await stat(join(parent, 'one'))).mode & 0o777).toBe(0o700);
  for (const lock of locks) await lock.release();
});

test('where the lock is a file, one that a killed process left is taken over, one that is answered is not', async () => {
  const file = join(await aDirectory(), 'product.sock');
  const child = await holder(`holdSocket(${JSON.stringify(file)})`);
  expect(await holdSocket(file)).toBeNull();
  await kill(child);
  expect((await stat(file)).isSocket()).toBe(true);
  const server = await holdSocket(file);
  expect(server?.listening).toBe(true);
  server?.close();
});

test('a directory that can’t be made is named, with what to do', async () => {
  const file = join(await aDirectory(), 'file');
  await writeFile(file, '');
  await expect(holdDirectory(file)).rejects.toThrow(`the data directory ${file} can’t be created (EEXIST): create it, owned by`);
  await expect(holdDirectory(join(file, 'below'))).rejects.toThrow('can’t be created (ENOTDIR)');
});
