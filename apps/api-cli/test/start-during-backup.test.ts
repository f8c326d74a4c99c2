import { ask, freshDatabase } from '@api-factory/control/testing/database';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { productOn } from './support/product.ts';
import { aDirectory } from './support/scratch.ts';

it('a product started during a backup serves and meters calls, and a later start creates today’s partition', async () => {
  const { url, drop } = await freshDatabase();
  onTestFinished(drop);
  await (await productOn(url, aDirectory())).product.close();
  const backup = new pg.Client({ connectionString: url });
  await backup.connect();
  onTestFinished(() => backup.end());
  await backup.query('set search_path to api_factory');
  const today = `usage_events_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`;
  await backup.query(`drop table ${today}`);
  // The lock that pg_dump takes on every table it reads.
  await backup.query('begin');
  await backup.query('lock table usage_events in access share mode');

  const during = await productOn(url, aDirectory());
  expect(during.log()).toContain('could not create or drop usage partitions');
  const { key } = await during.issue();
  expect((await during.call(key)).status).toBe(200);
  await during.shipped();
  expect(await ask(url, 'select units::int, calls::int from api_factory.ledger')).toEqual([{ units: 1, calls: 1 }]);
  await during.product.close();

  await backup.query('commit');
  const later = await productOn(url, aDirectory());
  onTestFinished(() => later.product.close());
  expect(await ask(url, `select count(*)::int as events from api_factory.${today}`)).toEqual([{ events: 1 }]);
});
