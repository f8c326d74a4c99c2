import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aConsole, type TestConsole } from './support/console.ts';

let shop: TestConsole;
beforeAll(async () => {
  shop = await aConsole();
});
afterAll(() => shop.stop());

test('live events appear automatically, pause under the pointer, and show how many are new', async () => {
  const { key } = await shop.aKey({ name: 'Caller' });
  expect((await shop.product.call(key)).status).toBe(200);
  await shop.product.shipped();
  const page = await shop.signedIn('/usage');
  await page.mouse.move(5, 5);
  const rows = page.getByRole('table', { name: 'Usage events' }).locator('tbody tr[data-row]');
  await expect.poll(() => rows.count()).toBe(1);
  await shop.product.call(key);
  await expect.poll(() => rows.count(), { timeout: 15_000 }).toBe(2);
  await rows.first().hover();
  await shop.product.call(key);
  await shop.product.call(key);
  const newEvents = page.getByRole('button', { name: '2 new' });
  await newEvents.waitFor();
  expect(await rows.count()).toBe(2);
  await newEvents.click();
  await expect.poll(() => rows.count()).toBe(4);
  await page.context().close();
}, 90_000);

test('the filter is in the URL, and the export contains exactly the filtered events', async () => {
  const { id, key } = await shop.aKey({ name: 'Exported' });
  await shop.product.call(key);
  await shop.product.call(key, 'no_such_action');
  await shop.product.shipped();
  const page = await shop.signedIn(`/usage?key=${id}&status=4xx`);
  const rows = page.getByRole('table', { name: 'Usage events' }).locator('tbody tr[data-row]');
  await expect.poll(() => rows.count()).toBe(1);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).first().click()]);
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain('400');
  expect(lines[1]).toContain(id);
  await page.context().close();
}, 60_000);
