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
import { emptyDatabase } from '@api-factory/control/testing/database';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { startLoad } from './support/load.ts';
import { differences, productOn, rowsByTable, servedUntilQuota } from './support/restored.ts';
import { ask, runScript, spawnScript, whyNoDump } from './support/scripts.ts';
import { aSellingProduct, type SellingProduct, until } from './support/selling.ts';

const LIMIT = 60;
const QUIET = { BILLING: 'off' };

const { adminUrl } = inject('testServer');
const whyNot = await whyNoDump(adminUrl);
if (whyNot !== null) process.stderr.write(`skipped: back-up and restore of DATABASE_URL are not tested, ${whyNot}\n`);

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function aDirectory(undo = cleanups): string {
  const dir = mkdtempSync(join(tmpdir(), 'api-factory-backup-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function anEmptyDatabase(): Promise<string> {
  const { url, drop } = await emptyDatabase();
  cleanups.push(drop);
  return url;
}

const isBare = async (url: string): Promise<boolean> =>
  (await ask(url, `select from pg_namespace where nspname = 'api_factory'`)).length === 0;

describe.skipIf(whyNot !== null)('a product that serves and sells', () => {
  let t: SellingProduct;
  let url: string;
  const made = { dump: '', quiet: '', key: '', late: '', entitlementId: '', bought: '' };
  const undo: (() => unknown)[] = [];

  beforeAll(async () => {
    t = await aSellingProduct();
    url = await urlOf(t);
    const dir = aDirectory(undo);
    const { key, entitlementId } = await t.issue({ quota: LIMIT, rate: null });
    made.key = key;
    made.entitlementId = entitlementId;
    made.late = (await t.issue({ quota: LIMIT, period: 'day', rate: null })).key;
    made.bought = (await t.buy('starter')).key;
    for (let call = 0; call < 20; call += 1) await t.call(key);
    await t.shipped();
    // The back-up runs while calls come in.
    const busy = await t.issue({ quota: null, rate: null });
    const load = startLoad(t.address, busy.key, { callers: 4 });
    await until(async () => load.received.size > 20);
    const ran = await runScript('backup.sh', [dir], { DATABASE_URL: url });
    expect(ran).toMatchObject({ code: 0, err: '' });
    made.dump = ran.out;
    const answered = load.received.size;
    await until(async () => load.received.size > answered);
    await load.stop();
    // What the back-up does not have: more calls, a period that begins after it, and another start of the gateway.
    for (let call = 0; call < 5; call += 1) await t.call(key);
    for (let call = 0; call < 4; call += 1) await t.call(made.late);
    await t.product.close();
    const again = await productOn(url, t.dataDir, billing());
    for (let call = 0; call < 5; call += 1) await again.call(key);
    await again.product.close();
    made.quiet = (await runScript('backup.sh', [aDirectory(undo)], { DATABASE_URL: url })).out;
  }, 120_000);

  afterAll(async () => {
    for (const step of undo.splice(0).reverse()) await step();
    await t?.stop();
  });

  const restored = async (file: string): Promise<string> => {
    const target = await anEmptyDatabase();
    expect(await runScript('restore.sh', [file], { DATABASE_URL: target })).toMatchObject({ code: 0 });
    return target;
  };

  const billing = () => ({
    BILLING: 'stripe',
    STRIPE_SECRET_KEY: t.sandbox.secretKey,
    STRIPE_WEBHOOK_SECRET: t.sandbox.webhookSecret,
    STRIPE_API_BASE: t.sandbox.url,
  });

  it('is backed up into a file that only its owner reads, with nothing left beside it', () => {
    expect(statSync(made.dump).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(made.dump, '..'))).toHaveLength(1);
  });

  it('comes back with every row of every table', async () => {
    const target = await restored(made.quiet);
    const rows = await rowsByTable(url);
    expect(Object.keys(rows).length).toBeGreaterThan(25);
    expect(await rowsByTable(target)).toEqual(rows);
  });

  it('has a back-up in which ledger, events and settled units agree, though calls came in meanwhile', async () => {
    const target = await restored(made.dump);
    const [counted] = await ask<{ events: number; units: number }>(
      target,
      'select count(*)::int as events, (select sum(units)::int from api_factory.ledger) as units from api_factory.usage_events',
    );
    expect(counted?.events).toBeGreaterThan(20);
    expect(counted?.units).toBe(counted?.events);
    expect(await differences(target)).toEqual([]);
  });

  it('under its living spool: what the back-up lacks is shipped again, and the quota is admitted once over both', async () => {
    const target = await restored(made.dump);
    const dataDir = join(aDirectory(), 'data');
    await copySpool(t.dataDir, dataDir);
    const product = await productOn(target, dataDir, billing());
    cleanups.push(() => product.product.close());
    expect(product.log()).toContain('older than the spool');
    expect(await servedUntilQuota(product, made.key)).toBe(LIMIT - 30);
    expect(await servedUntilQuota(product, made.late)).toBe(LIMIT - 4);
    expect((await product.call(made.bought)).status).toBe(200);
    await product.shipped();
    const ids = await ask<{ again: number }>(target, 'select count(*) - count(distinct request_id) as again from api_factory.usage_events');
    expect(Number(ids[0]?.again)).toBe(0);
    expect(await ask(target, 'select from api_factory.usage_quarantine')).toEqual([]);
    expect(await differences(target)).toEqual([]);
    const before = await ask<{ id: string }>(url, 'select request_id as id from api_factory.usage_events');
    const after = new Set((await ask<{ id: string }>(target, 'select request_id as id from api_factory.usage_events')).map(({ id }) => id));
    expect(before.filter(({ id }) => !after.has(id))).toEqual([]);
  });

  it('without its spool: keys work, the quota goes on from the back-up, and no unit is admitted twice', async () => {
    const target = await restored(made.dump);
    const product = await productOn(target, aDirectory(), billing());
    cleanups.push(() => product.product.close());
    const served = await servedUntilQuota(product, made.key);
    // Units that the lost gateway held count as used: fewer, never more.
    expect(served).toBeLessThanOrEqual(LIMIT - 20);
    expect((await product.call(made.bought)).status).toBe(200);
    await product.shipped();
    expect(await differences(target)).toEqual([]);
    const [quota] = await ask<{ used: number }>(
      target,
      `select (settled + leased)::int as used from api_factory.quotas where entitlement_id = '${made.entitlementId}'`,
    );
    expect(quota?.used).toBeLessThanOrEqual(LIMIT);
  });

  it('is not restored over what is there, but with --replace', async () => {
    const target = await restored(made.quiet);
    await ask(target, `update api_factory.consumers set name = 'changed'; create table api_factory.later (id int)`);
    const before = await rowsByTable(target);
    const refused = await runScript('restore.sh', [made.quiet], { DATABASE_URL: target });
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('--replace') });
    expect(await rowsByTable(target)).toEqual(before);
    expect(await runScript('restore.sh', ['--replace', made.quiet], { DATABASE_URL: target })).toMatchObject({ code: 0 });
    expect(await rowsByTable(target)).toEqual(await rowsByTable(url));
  });

  it('is not restored while a product uses the database', async () => {
    const target = await restored(made.quiet);
    const product = await productOn(target, aDirectory(), QUIET);
    cleanups.push(() => product.product.close());
    const before = await ask(target, 'select id from api_factory.keys');
    const refused = await runScript('restore.sh', ['--replace', made.quiet], { DATABASE_URL: target });
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('stop it first') });
    expect(await ask(target, 'select id from api_factory.keys')).toEqual(before);
  });

  it.each([
    ['cut off', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['with a changed byte', (file: string) => flip(file)],
    ['of another kind', (file: string) => writeFileSync(file, 'create schema api_factory;')],
  ])('a file %s is refused, and nothing is changed', async (_, spoil) => {
    const file = join(aDirectory(), 'spoilt.dump.gz');
    copyFileSync(made.quiet, file);
    spoil(file);
    const target = await anEmptyDatabase();
    expect(await runScript('restore.sh', [file], { DATABASE_URL: target })).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing was changed'),
    });
    expect(await isBare(target)).toBe(true);
  });

  it('a restore that is killed in the middle leaves nothing', async () => {
    const target = await anEmptyDatabase();
    const bin = aDirectory();
    // Stands in for pg_restore: passes its checks, then gives half of the script and waits to be killed.
    const half = `#!/bin/sh
case "$*" in
  *--no-owner*) PATH=\${PATH#*:} pg_restore "$@" | head -n 700; echo 'select 1 as reached;'; echo >"${bin}/half"; exec sleep 60 ;;
  *) PATH=\${PATH#*:} exec pg_restore "$@" ;;
esac
`;
    writeFileSync(join(bin, 'pg_restore'), half);
    chmodSync(join(bin, 'pg_restore'), 0o755);
    const { child, ended } = spawnScript('restore.sh', [made.quiet], { DATABASE_URL: target, PATH: `${bin}:${process.env.PATH}` });
    await expect.poll(() => readdirSync(bin).includes('half'), { timeout: 20_000 }).toBe(true);
    process.kill(-(child.pid as number), 'SIGKILL');
    expect((await ended).code).toBeNull();
    await expect
      .poll(() => ask(target, `select from pg_stat_activity where datname = current_database() and application_name = 'psql'`))
      .toEqual([]);
    expect(await isBare(target)).toBe(true);
    expect(await runScript('restore.sh', [made.quiet], { DATABASE_URL: target })).toMatchObject({ code: 0 });
  });

  it('a back-up of a newer version restores, and this version refuses to start on it', async () => {
    const newer = await restored(made.quiet);
    await ask(newer, `insert into api_factory.migrations (number, name, sha) values (9999, '9999_later.sql', 'x')`);
    const { out } = await runScript('backup.sh', [aDirectory()], { DATABASE_URL: newer });
    const target = await restored(out);
    const rows = await rowsByTable(target);
    await expect(productOn(target, aDirectory(), QUIET)).rejects.toThrow(/9999_later\.sql, which this version does not know/);
    expect(await rowsByTable(target)).toEqual(rows);
  });

  it('--keep deletes the oldest of its own files and nothing else', async () => {
    const dir = aDirectory();
    const others = ['api-factory-20200101T000000Z.tar.gz', 'notes.dump.gz', 'api-factory-latest.dump.gz'];
    const older = ['api-factory-20200101T000000Z.dump.gz', 'api-factory-20210101T000000Z.dump.gz'];
    for (const name of [...others, ...older]) writeFileSync(join(dir, name), '');
    const { out, code } = await runScript('backup.sh', ['--keep', '2', dir], { DATABASE_URL: url });
    expect(code).toBe(0);
    expect(readdirSync(dir).sort()).toEqual([...others, older[1], out.slice(dir.length + 1)].sort());
  });

  it('a failed back-up leaves no file, and tells no password', async () => {
    const dir = aDirectory();
    const wrong = new URL(url);
    wrong.password = 'hunter2hunter2';
    const ran = await runScript('backup.sh', [dir], { DATABASE_URL: wrong.href });
    expect(ran.code).toBe(1);
    expect(ran.err + ran.out).not.toContain('hunter2');
    expect(readdirSync(dir)).toEqual([]);
  });

  it('the password is in no argument, and comes from a file with its special characters', async () => {
    await ask(adminUrl, `drop role if exists backup_reader; create role backup_reader login superuser password 'p%2@:/\\?#é'`);
    cleanups.push(() => ask(adminUrl, 'drop role backup_reader'));
    const odd = new URL(url);
    odd.username = 'backup_reader';
    odd.password = encodeURIComponent('p%2@:/\\?#é');
    const dir = aDirectory();
    const file = join(dir, 'url');
    writeFileSync(file, `${odd.href}\n`);
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

/** Connection string of the product's database. */
async function urlOf({ product }: SellingProduct): Promise<string> {
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(product.db);
  const url = new URL(adminUrl);
  url.pathname = `/${rows[0]?.name}`;
  return url.href;
}

async function copySpool(from: string, to: string): Promise<void> {
  mkdirSync(join(to, 'spool'), { recursive: true });
  copyFileSync(join(from, 'gateway.json'), join(to, 'gateway.json'));
  for (const name of readdirSync(join(from, 'spool'))) copyFileSync(join(from, 'spool', name), join(to, 'spool', name));
}

/** In the middle of the data of a table. */
function flip(file: string): void {
  const bytes = readFileSync(file);
  const at = Math.floor(bytes.length * 0.7);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}
