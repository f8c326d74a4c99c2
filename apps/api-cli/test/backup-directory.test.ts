import { existsSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { buildCommand, freePort, type RunningCommand, startCommand } from './support/process.ts';
import { servedUntilQuota } from './support/restored.ts';
import { aDirectory } from './support/scratch.ts';
import { runScript } from './support/scripts.ts';

beforeAll(buildCommand, 120_000);

function aHome(): { home: string; dataDir: string; backups: string } {
  const home = aDirectory();
  return { home, dataDir: join(home, 'my data'), backups: join(home, 'backups') };
}

async function start(dataDir: string): Promise<RunningCommand> {
  const running = await startCommand({ PORT: String(await freePort()), API_FACTORY_DATA_DIR: dataDir, LOG_LEVEL: 'warn', BILLING: 'off' });
  onTestFinished(async () => {
    if (running.process.exitCode === null && running.process.signalCode === null) await running.end('SIGTERM');
  });
  return running;
}

it('a cold backup of a data directory can be restored to another path, where its keys work and its quota usage is kept', async () => {
  const { home, dataDir, backups } = aHome();
  const first = await start(dataDir);
  const { key } = await first.issue({ quota: 30, rate: null });
  for (let call = 0; call < 10; call += 1) expect((await first.call(key)).status).toBe(200);
  expect(await first.end('SIGTERM')).toBe(0);
  const { code, out } = await runScript('backup.sh', ['--data-dir', dataDir, backups]);
  expect(code).toBe(0);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  const elsewhere = join(home, 'elsewhere');
  expect(await runScript('restore.sh', ['--data-dir', elsewhere, out])).toMatchObject({ code: 0 });
  const second = await start(elsewhere);
  expect(await servedUntilQuota(second, key)).toBe(20);
});

it('a data directory is neither backed up nor replaced while a product uses it, nor backed up after a crash', async () => {
  const { dataDir, backups } = aHome();
  const running = await start(dataDir);
  expect(await runScript('backup.sh', ['--data-dir', dataDir, backups])).toMatchObject({
    code: 1,
    err: expect.stringContaining('stop it first'),
  });
  await running.end('SIGKILL');
  expect(await runScript('backup.sh', ['--data-dir', dataDir, backups])).toMatchObject({
    code: 1,
    err: expect.stringContaining('did not stop cleanly'),
  });
  expect(readdirSync(backups)).toEqual([]);
  const again = await start(dataDir);
  expect(await again.end('SIGTERM')).toBe(0);
  const { out } = await runScript('backup.sh', ['--data-dir', dataDir, backups]);
  const third = await start(dataDir);
  expect(await runScript('restore.sh', ['--replace', '--data-dir', dataDir, out])).toMatchObject({
    code: 1,
    err: expect.stringContaining('stop it first'),
  });
  expect((await third.admin('GET', '/plans')).status).toBe(200);
});

it('a restore refuses an existing directory, moves it away with --replace, and changes nothing if the file is damaged', async () => {
  const { home, dataDir, backups } = aHome();
  const first = await start(dataDir);
  const { id } = await first.issue();
  await first.end('SIGTERM');
  const { out } = await runScript('backup.sh', ['--data-dir', dataDir, backups]);
  const identity = readFileSync(join(dataDir, 'gateway.json'), 'utf8');
  expect(await runScript('restore.sh', ['--data-dir', dataDir, out])).toMatchObject({ code: 1, err: expect.stringContaining('--replace') });
  expect(await runScript('restore.sh', ['--replace', '--data-dir', dataDir, out])).toMatchObject({ code: 0 });
  const movedAway = readdirSync(home).filter((name) => name.startsWith('my data.before-'));
  expect(movedAway).toHaveLength(1);
  expect(readFileSync(join(home, movedAway[0] as string, 'gateway.json'), 'utf8')).toBe(identity);
  const second = await start(dataDir);
  expect((await second.admin('GET', `/keys/${id}`)).status).toBe(200);
  await second.end('SIGTERM');
  truncateSync(out, Math.floor(statSync(out).size / 2));
  const elsewhere = join(home, 'elsewhere');
  expect(await runScript('restore.sh', ['--data-dir', elsewhere, out])).toMatchObject({ code: 1 });
  expect(existsSync(elsewhere)).toBe(false);
});
