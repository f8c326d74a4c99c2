import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from '@api-factory/control/testing/database';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { startLoad } from './support/load.ts';
import { productOn } from './support/product.ts';
import { differences, restored, rowsByTable, servedUntilQuota } from './support/restored.ts';
import { aDirectory } from './support/scratch.ts';
import { runScript, whyNoDump } from './support/scripts.ts';
import { aSellingProduct, billingOf, type SellingProduct, until } from './support/selling.ts';

const LIMIT = 60;
const EVENTS = 'select count(*)::int as events from api_factory.usage_events';

const { adminUrl } = inject('testServer');
const whyNot = await whyNoDump(adminUrl);
if (whyNot !== null) process.stderr.write(`skipped: backup and restore of DATABASE_URL are not tested: ${whyNot}\n`);

describe.skipIf(whyNot !== null)('a product that serves and sells', () => {
  let t: SellingProduct;
  let url: string;
  const fixture = { dump: '', quiet: '', key: '', late: '', entitlementId: '', bought: '' };
  let backups: string;

  beforeAll(async () => {
    backups = mkdtempSync(join(tmpdir(), 'api-factory-backup-'));
    t = await aSellingProduct();
    url = await urlOf(t);
    const { key, entitlementId } = await t.issue({ quota: LIMIT, rate: null });
    fixture.key = key;
    fixture.entitlementId = entitlementId;
    fixture.late = (await t.issue({ quota: LIMIT, period: 'day', rate: null })).key;
    fixture.bought = (await t.buy('starter')).key;
    for (let call = 0; call < 20; call += 1) await t.call(key);
    await t.shipped();
    // The backup runs while calls arrive.
    const busy = await t.issue({ quota: null, rate: null });
    const load = startLoad(t.address, busy.key, { callers: 4 });
    await until(async () => load.received.size > 20);
    // Served calls are shipped shortly after; the backup must contain some of them.
    await until(async () => (await ask<{ events: number }>(url, EVENTS))[0]!.events > 20);
    const ran = await runScript('backup.sh', [join(backups, 'busy')], { DATABASE_URL: url });
    expect(ran).toMatchObject({ code: 0, err: '' });
    fixture.dump = ran.out;
    const served = load.received.size;
    await until(async () => load.received.size > served);
    await load.stop();
    // None of this is in the backup: more calls, a new quota period, and a restart of the gateway.
    for (let call = 0; call < 5; call += 1) await t.call(key);
    for (let call = 0; call < 4; call += 1) await t.call(fixture.late);
    await t.product.close();
    const again = await productOn(url, t.dataDir, billingOf(t.sandbox));
    for (let call = 0; call < 5; call += 1) await again.call(key);
    await again.product.close();
    fixture.quiet = (await runScript('backup.sh', [join(backups, 'quiet')], { DATABASE_URL: url })).out;
  }, 120_000);

  afterAll(async () => {
    rmSync(backups, { recursive: true, force: true });
    await t?.stop();
  });

  it('is backed up into one file that only its owner can read', () => {
    expect(statSync(fixture.dump).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(fixture.dump, '..'))).toHaveLength(1);
  });

  it('is restored with every row of every table', async () => {
    const target = await restored(fixture.quiet);
    const rows = await rowsByTable(url);
    expect(Object.keys(rows).length).toBeGreaterThan(25);
    expect(await rowsByTable(target)).toEqual(rows);
  });

  it('has a backup in which ledger, events and settled units agree, even though calls arrived during it', async () => {
    const target = await restored(fixture.dump);
    const [counted] = await ask<{ events: number; units: number }>(
      target,
      'select count(*)::int as events, (select sum(units)::int from api_factory.ledger) as units from api_factory.usage_events',
    );
    expect(counted?.events).toBeGreaterThan(20);
    expect(counted?.units).toBe(counted?.events);
    expect(await differences(target)).toEqual([]);
  });

  it('restored with its current spool ships the missing usage again, and never exceeds the quota', async () => {
    const target = await restored(fixture.dump);
    const dataDir = join(aDirectory(), 'data');
    await copySpool(t.dataDir, dataDir);
    const product = await productOn(target, dataDir, billingOf(t.sandbox));
    onTestFinished(() => product.product.close());
    expect(product.log()).toContain('older than the spool');
    expect(await servedUntilQuota(product, fixture.key)).toBe(LIMIT - 30);
    expect(await servedUntilQuota(product, fixture.late)).toBe(LIMIT - 4);
    expect((await product.call(fixture.bought)).status).toBe(200);
    await product.shipped();
    const counts = await ask<{ repeated: number }>(
      target,
      'select count(*) - count(distinct request_id) as repeated from api_factory.usage_events',
    );
    expect(Number(counts[0]?.repeated)).toBe(0);
    expect(await ask(target, 'select from api_factory.usage_quarantine')).toEqual([]);
    expect(await differences(target)).toEqual([]);
    const before = await ask<{ id: string }>(url, 'select request_id as id from api_factory.usage_events');
    const after = new Set((await ask<{ id: string }>(target, 'select request_id as id from api_factory.usage_events')).map(({ id }) => id));
    expect(before.filter(({ id }) => !after.has(id))).toEqual([]);
  });

  it('restored without its spool accepts its keys, continues the quota from the backup, and admits no unit twice', async () => {
    const target = await restored(fixture.dump);
    const product = await productOn(target, aDirectory(), billingOf(t.sandbox));
    onTestFinished(() => product.product.close());
    const served = await servedUntilQuota(product, fixture.key);
    // Units leased by the lost gateway count as used, so fewer calls may be served, but never more.
    expect(served).toBeLessThanOrEqual(LIMIT - 20);
    expect((await product.call(fixture.bought)).status).toBe(200);
    await product.shipped();
    expect(await differences(target)).toEqual([]);
    const [quota] = await ask<{ used: number }>(
      target,
      `select (settled + leased)::int as used from api_factory.quotas where entitlement_id = '${fixture.entitlementId}'`,
    );
    expect(quota?.used).toBeLessThanOrEqual(LIMIT);
  });

  it('is not restored while a product uses the database', async () => {
    const target = await restored(fixture.quiet);
    const product = await productOn(target, aDirectory(), { BILLING: 'off' });
    onTestFinished(() => product.product.close());
    const before = await ask(target, 'select id from api_factory.keys');
    const refused = await runScript('restore.sh', ['--replace', fixture.quiet], { DATABASE_URL: target });
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('stop it first') });
    expect(await ask(target, 'select id from api_factory.keys')).toEqual(before);
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
