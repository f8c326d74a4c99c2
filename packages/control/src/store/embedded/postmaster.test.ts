import { once } from 'node:events';
import { stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aDirectory } from '../../testing/embedded-server.ts';
import { openCluster } from './cluster.ts';
import { boundLog, freePort, halt, launch } from './postmaster.ts';

test('a chosen port that turns out to be taken is replaced by another', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const address = taken.address();
  const occupied = typeof address === 'object' && address ? address.port : 0;
  const cluster = await openCluster(await aDirectory(), { sync: false });
  const ports = [occupied, await freePort()];
  onTestFinished(() => halt(cluster));
  expect(await launch(cluster, { choosePort: async () => ports.shift() ?? 0, fsync: false })).not.toBe(occupied);
  expect(ports).toEqual([]);
});

describe('the server’s log', () => {
  test('is truncated only past its size limit', async () => {
    const file = join(await aDirectory(), 'server.log');
    await writeFile(file, Buffer.alloc(4 * 1024 * 1024));
    await boundLog(file);
    expect((await stat(file)).size).toBe(4 * 1024 * 1024);
    await writeFile(file, Buffer.alloc(4 * 1024 * 1024 + 1));
    await boundLog(file);
    expect((await stat(file)).size).toBe(0);
  });

  test('is never truncated through a symbolic link', async () => {
    const directory = await aDirectory();
    const victim = join(directory, 'victim');
    await writeFile(victim, Buffer.alloc(4 * 1024 * 1024 + 1));
    await symlink(victim, join(directory, 'server.log'));
    await expect(boundLog(join(directory, 'server.log'))).rejects.toMatchObject({ code: 'ELOOP' });
    expect((await stat(victim)).size).toBe(4 * 1024 * 1024 + 1);
  });
});
