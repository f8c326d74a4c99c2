import { ask, freshDatabase } from '@api-factory/control/testing/database';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { productOn } from './support/product.ts';
import { aDirectory } from './support/scratch.ts';

it('a start during a backup serves and meters calls, and creates the partition of the day later', async () => {
  const { url, drop } = await freshDatabase();
  onTestFinished(drop);
  await (await productOn(url, aDirectory())).product.close();
  const backup = new pg.Client({ connectionString: url });
  await backup.connect();
  onTestFinished(() => backup.end());
  await backup.query('set search_path to api_factory');
  const today = `usage_events_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`;
  await backup.query(`drop table ${today}`);
  // What pg_dump takes on every table that it reads.
  await backup.query('begin');
  await backup.query('lock table usage_events in access share mode');

  const beside = await productOn(url, aDirectory());
  expect(beside.log()).toContain('could not create or drop usage partitions');
  const { key } = await beside.issue();
  expect((await beside.call(key)).status).toBe(200);
  await beside.shipped();
  expect(await ask(url, 'select units::int, calls::int from api_factory.ledger')).toEqual([{ units: 1, calls: 1 }]);
  await beside.product.close();

  await backup.query('commit');
  const later = await productOn(url, aDirectory());
  onTestFinished(() => later.product.close());
  expect(await ask(url, `select count(*)::int as events from api_factory.${today}`)).toEqual([{ events: 1 }]);
});
