import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshDatabase } from '@api-factory/control/testing/database';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { aDirectory } from './support/scratch.ts';
import { runScript, whyNoDump } from './support/scripts.ts';

const whyNot = await whyNoDump(inject('testServer').adminUrl);
if (whyNot !== null) process.stderr.write(`skipped: backups into a linked directory are not tested: ${whyNot}\n`);

/** Fake Postgres client programs that only record their calls. */
function recordingPrograms(): { PATH: string; calls: () => string[] } {
  const bin = aDirectory();
  for (const name of ['psql', 'pg_dump', 'pg_restore']) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "$*" >"${bin}/called-$$"\nexit 1\n`, { mode: 0o755 });
  }
  return { PATH: `${bin}:${process.env.PATH}`, calls: () => readdirSync(bin).filter((name) => name.startsWith('called')) };
}

describe('a DATABASE_URL', () => {
  it.each([
    'ada:geh/eim@127.0.0.1/db',
    'ada:geh?eim@127.0.0.1/db',
    'ada:geh@x/eim@127.0.0.1/db',
    'ada@127.0.0.1/db?sslmode=require&sslpassword=geheim',
    'ada@127.0.0.1/db?p%61ssword=geheim',
  ])('with its password in the wrong place is rejected before any program is called: %s', async (address) => {
    const url = `postgres://${address}`;
    const { PATH, calls } = recordingPrograms();
    const ran = await runScript('backup.sh', [aDirectory()], { DATABASE_URL: url, PATH });
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('DATABASE_URL') });
    expect(ran.err).not.toContain('eim');
    expect(calls()).toEqual([]);
  });

  it('with percent-encoded parameter values is accepted', async () => {
    const { PATH, calls } = recordingPrograms();
    await runScript('backup.sh', [aDirectory()], { DATABASE_URL: 'postgres://ada@[::1]:5432/db?options=-c%20a%3Db&sslmode=require', PATH });
    expect(calls()).toHaveLength(1);
  });
});

describe.skipIf(whyNot !== null)('the backup directory', () => {
  it('may be a symbolic link: --keep deletes old backups in its target', async () => {
    const { url, drop } = await freshDatabase();
    onTestFinished(drop);
    const home = aDirectory();
    mkdirSync(join(home, 'real'));
    symlinkSync('real', join(home, 'link'));
    writeFileSync(join(home, 'real/api-factory-20200101T000000Z.dump.gz'), '');
    const ran = await runScript('backup.sh', ['--keep', '1', join(home, 'link')], { DATABASE_URL: url });
    expect(ran.code).toBe(0);
    expect(readdirSync(join(home, 'real'))).toEqual([ran.out.split('/').at(-1)]);
  });
});
