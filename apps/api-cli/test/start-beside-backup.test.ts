import { freshDatabase } from '@api-factory/control/testing/database';
import pg from 'pg';
import { expect, it } from 'vitest';
import { aProduct } from './support/product.ts';

it('a start while a back-up reads the usage table serves and meters, and the day’s partition comes later', async () => {
  const database = await freshDatabase();
  await (await aProduct({ DATABASE_URL: database.url })).stop();
  const backup = new pg.Client({ connectionString: database.url });
  await backup.connect();
  await backup.query('set search_path to api_factory');
  const today = `usage_events_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`;
  await backup.query(`drop table ${today}`);
  // What pg_dump takes on every table that it reads.
  await backup.query('begin');
  await backup.query('lock table usage_events in access share mode');

  const t = await aProduct({ DATABASE_URL: database.url });
  expect(t.log()).toContain('partitions of usage could not be made');
  const { key, entitlementId } = await t.issue();
  expect((await t.call(key)).status).toBe(200);
  expect(await t.accountOf(entitlementId)).toMatchObject({ units: 1, events: 1 });
  await t.stop();

  await backup.query('commit');
  const later = await aProduct({ DATABASE_URL: database.url });
  expect((await backup.query(`select count(*)::int as events from ${today}`)).rows).toEqual([{ events: 1 }]);
  await later.stop();
  await backup.end();
  await database.drop();
});
