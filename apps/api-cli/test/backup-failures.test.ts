import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, type FreshDatabase, freshDatabase } from '@api-factory/control/testing/database';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { productOn } from './support/product.ts';
import { restored, rowsByTable } from './support/restored.ts';
import { aDirectory, anEmptyDatabase } from './support/scratch.ts';
import { runScript, spawnScript, whyNoDump } from './support/scripts.ts';

const { adminUrl } = inject('testServer');
const whyNot = await whyNoDump(adminUrl);
if (whyNot !== null) process.stderr.write(`skipped: failures of backup and restore are not tested: ${whyNot}\n`);

const isEmpty = async (url: string): Promise<boolean> =>
  (await ask(url, `select from pg_namespace where nspname = 'api_factory'`)).length === 0;

describe.skipIf(whyNot !== null)('a database backup', () => {
  let database: FreshDatabase;
  let url: string;
  let dump: string;
  let backups: string;

  beforeAll(async () => {
    backups = mkdtempSync(join(tmpdir(), 'api-factory-backup-'));
    database = await freshDatabase();
    url = database.url;
    await database.db.insertInto('consumers').values({ id: 'con_1', name: 'Ada', email: null }).execute();
    const { code, out } = await runScript('backup.sh', [backups], { DATABASE_URL: url });
    expect(code).toBe(0);
    dump = out;
  });

  afterAll(async () => {
    rmSync(backups, { recursive: true, force: true });
    await database?.drop();
  });

  it('is restored over an existing installation only with --replace', async () => {
    const target = await restored(dump);
    await ask(target, `update api_factory.consumers set name = 'changed'; create table api_factory.later (id int)`);
    const before = await rowsByTable(target);
    const refused = await runScript('restore.sh', [dump], { DATABASE_URL: target });
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('--replace') });
    expect(await rowsByTable(target)).toEqual(before);
    expect(await runScript('restore.sh', ['--replace', dump], { DATABASE_URL: target })).toMatchObject({ code: 0 });
    expect(await rowsByTable(target)).toEqual(await rowsByTable(url));
  });

  it.each([
    ['that is truncated', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['with a changed byte', (file: string) => flipByte(file)],
    ['in another format', (file: string) => writeFileSync(file, 'create schema api_factory;')],
  ])('in a file %s is rejected, and nothing is changed', async (_, damage) => {
    const file = join(aDirectory(), 'damaged.dump.gz');
    copyFileSync(dump, file);
    damage(file);
    const target = await anEmptyDatabase();
    expect(await runScript('restore.sh', [file], { DATABASE_URL: target })).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing was changed'),
    });
    expect(await isEmpty(target)).toBe(true);
  });

  it('leaves nothing behind when its restore is killed halfway', async () => {
    const target = await anEmptyDatabase();
    const bin = aDirectory();
    // A fake pg_restore that passes the checks, prints half of the script and waits to be killed.
    const half = `#!/bin/sh
case "$*" in
  *--no-owner*) PATH=\${PATH#*:} pg_restore "$@" | head -n 700; echo 'select 1 as reached;'; echo >"${bin}/half"; exec sleep 60 ;;
  *) PATH=\${PATH#*:} exec pg_restore "$@" ;;
esac
`;
    writeFileSync(join(bin, 'pg_restore'), half);
    chmodSync(join(bin, 'pg_restore'), 0o755);
    const { child, ended } = spawnScript('restore.sh', [dump], { DATABASE_URL: target, PATH: `${bin}:${process.env.PATH}` });
    await expect.poll(() => readdirSync(bin).includes('half'), { timeout: 20_000 }).toBe(true);
    process.kill(-(child.pid as number), 'SIGKILL');
    expect((await ended).code).toBeNull();
    await expect
      .poll(() => ask(target, `select from pg_stat_activity where datname = current_database() and application_name = 'psql'`))
      .toEqual([]);
    expect(await isEmpty(target)).toBe(true);
    expect(await runScript('restore.sh', [dump], { DATABASE_URL: target })).toMatchObject({ code: 0 });
  });

  it('of a newer version can be restored, but this version refuses to start on it', async () => {
    const newer = await restored(dump);
    await ask(newer, `insert into api_factory.migrations (number, name, sha) values (9999, '9999_later.sql', 'x')`);
    const { out } = await runScript('backup.sh', [aDirectory()], { DATABASE_URL: newer });
    const target = await restored(out);
    const rows = await rowsByTable(target);
    await expect(productOn(target, aDirectory(), { BILLING: 'off' })).rejects.toThrow(/9999_later\.sql, which this version does not know/);
    expect(await rowsByTable(target)).toEqual(rows);
  });

  it('with --keep deletes only the oldest database backups', async () => {
    const dir = aDirectory();
    const others = ['api-factory-20200101T000000Z.tar.gz', 'notes.dump.gz', 'api-factory-latest.dump.gz'];
    const older = ['api-factory-20200101T000000Z.dump.gz', 'api-factory-20210101T000000Z.dump.gz'];
    for (const name of [...others, ...older]) writeFileSync(join(dir, name), '');
    const { out, code } = await runScript('backup.sh', ['--keep', '2', dir], { DATABASE_URL: url });
    expect(code).toBe(0);
    expect(readdirSync(dir).sort()).toEqual([...others, older[1], out.slice(dir.length + 1)].sort());
  });

  it('leaves no file and prints no password when it fails', async () => {
    const dir = aDirectory();
    const wrong = new URL(url);
    wrong.password = 'hunter2hunter2';
    const ran = await runScript('backup.sh', [dir], { DATABASE_URL: wrong.href });
    expect(ran.code).toBe(1);
    expect(ran.err + ran.out).not.toContain('hunter2');
    expect(readdirSync(dir)).toEqual([]);
  });

  it('passes no password as an argument, and can read one with special characters from a file', async () => {
    await ask(adminUrl, `drop role if exists backup_reader; create role backup_reader login superuser password 'p%2@:/\\?#é'`);
    onTestFinished(async () => {
      await ask(adminUrl, 'drop role backup_reader');
    });
    const special = new URL(url);
    special.username = 'backup_reader';
    special.password = encodeURIComponent('p%2@:/\\?#é');
    const dir = aDirectory();
    const file = join(dir, 'url');
    writeFileSync(file, `${special.href}\n`);
    const bin = aDirectory();
    for (const name of ['psql', 'pg_dump', 'pg_restore']) {
      writeFileSync(join(bin, name), `#!/bin/sh\necho "$0 $*" >>"${bin}/seen"\nPATH=\${PATH#*:} exec ${name} "$@"\n`);
      chmodSync(join(bin, name), 0o755);
    }
    mkdirSync(join(dir, 'out'));
    const ran = await runScript('backup.sh', [join(dir, 'out')], { DATABASE_URL_FILE: file, PATH: `${bin}:${process.env.PATH}` });
    expect(ran).toMatchObject({ code: 0 });
    const seen = readFileSync(join(bin, 'seen'), 'utf8');
    expect(seen).toContain('postgres://backup_reader@');
    expect(seen).not.toContain('p%25');
    expect(seen).not.toContain('p%2@');
  });
});

/** Flips a byte in the data of a table. */
function flipByte(file: string): void {
  const bytes = readFileSync(file);
  const at = Math.floor(bytes.length * 0.7);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}
