import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { geteuid } from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aDirectory, postmaster, startServer } from '../../testing/embedded-server.ts';
import { serverPrograms } from './programs.ts';

// Only root can run the server as another user; embedded.test.ts covers ordinary users.
describe.runIf(geteuid?.() === 0)('as root', () => {
  test('the server runs as another user, even in a directory that this user can’t search', async () => {
    const closed = await aDirectory();
    await chmod(closed, 0o700);
    const dataDir = join(closed, 'inner', 'data');
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await startServer(dataDir);
    const status = await readFile(`/proc/${await postmaster(dataDir)}/status`, 'utf8');
    const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
    expect(uid).toBeGreaterThan(0);
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(uid);
    // CAP_DAC_READ_SEARCH is bit 2, and the only one.
    expect(/^CapEff:\s+(\w+)/m.exec(status)?.[1]).toBe('0000000000000004');
  });

  test('no capability is granted where none is needed', async () => {
    const open = await aDirectory();
    await chmod(open, 0o755);
    await startServer(open);
    const status = await readFile(`/proc/${await postmaster(open)}/status`, 'utf8');
    const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
    // In a clone below /root that user can’t run the programs without the capability.
    const needed = spawnSync(serverPrograms().postgres, ['--version'], { uid, gid: uid, cwd: '/' }).status !== 0;
    expect(/^CapEff:\s+(\w+)/m.exec(status)?.[1]).toBe(needed ? '0000000000000004' : '0000000000000000');
  });

  test('the server does not inherit the product’s environment', async () => {
    const dataDir = await aDirectory();
    process.env.API_FACTORY_ADMIN_KEY = 'a-secret-that-stays-here';
    onTestFinished(() => void delete process.env.API_FACTORY_ADMIN_KEY);
    await startServer(dataDir);
    expect(await readFile(`/proc/${await postmaster(dataDir)}/environ`, 'utf8')).not.toContain('API_FACTORY');
  });
});
