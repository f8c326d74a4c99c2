import { afterAll, beforeAll, expect, test } from 'vitest';
import { PLAIN_HOST } from './support/chromium.ts';
import { aConsole, signIn, type TestConsole } from './support/console.ts';

let shop: TestConsole;
beforeAll(async () => {
  shop = await aConsole();
});
afterAll(() => shop.stop());

test('a new key can be copied over plain HTTP, where browsers offer no clipboard API', async () => {
  const page = await shop.visit('/');
  await page.goto(`${shop.product.address.replace('127.0.0.1', PLAIN_HOST)}/keys?create=1`);
  expect(await page.evaluate(() => [isSecureContext, 'clipboard' in navigator])).toEqual([false, false]);
  await signIn(page);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Copied by selection');
  await dialog.getByRole('button', { name: 'Create key' }).click();
  await dialog.getByRole('button', { name: 'Copy key' }).click();
  await dialog.getByRole('button', { name: 'Copied' }).waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  const field = page.getByRole('textbox', { name: 'Search pages, keys and actions' });
  await field.focus();
  await page.keyboard.press('Control+v');
  await expect.poll(async () => (await shop.product.call(await field.inputValue())).status).toBe(200);
  await page.context().close();
});
