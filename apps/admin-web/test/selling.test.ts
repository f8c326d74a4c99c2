import { afterAll, beforeAll, expect, test } from 'vitest';
import { aConsole, type TestConsole } from './support/console.ts';

let shop: TestConsole;
beforeAll(async () => {
  shop = await aConsole();
  await shop.product.admin('POST', '/billing/push', {});
});
afterAll(() => shop.stop());

test('failed payments for a purchase in the sandbox suspend the key, and the console shows it as suspended by billing', async () => {
  const buyer = await shop.visit('/checkout');
  await buyer.getByRole('button', { name: 'Continue to payment' }).click();
  await buyer.waitForURL(({ origin }) => origin !== shop.product.address);
  await buyer.getByRole('textbox').first().fill('buyer@example.com');
  await buyer.getByRole('button', { name: 'Pay', exact: true }).click();
  await buyer.getByRole('button', { name: 'Show my key' }).click();
  await buyer.getByRole('heading', { name: 'Copy your key now' }).waitFor();
  const key = /af_test_[0-9A-Za-z]{36}/.exec((await buyer.locator('body').textContent()) ?? '')?.[0];
  expect(key).toBeDefined();
  await buyer.context().close();

  const page = await shop.signedIn('/billing?tab=subscriptions');
  await page.getByRole('main').getByText('active').first().waitFor();
  await page.goto(`${shop.product.address}/billing?tab=sandbox`);
  await page.getByRole('combobox', { name: 'Customer with a subscription' }).click();
  await page.getByRole('option').first().click();
  await page.getByRole('button', { name: 'Fail all payments' }).click();
  await page.getByText('Payments will fail').first().waitFor();
  await page.getByRole('button', { name: 'Advance 1 month' }).click();
  await page
    .getByText(/Clock advanced by/)
    .first()
    .waitFor({ timeout: 30_000 });
  await page.getByLabel('Custom number of days').fill('30');
  await page.getByRole('button', { name: 'Advance 30 days' }).click();
  await page.getByText('Clock advanced by 30 days').first().waitFor({ timeout: 30_000 });
  await page.goto(`${shop.product.address}/keys?status=suspended`);
  await page.getByRole('table', { name: 'API keys' }).getByText('by billing').waitFor();
  expect((await shop.product.call(key ?? '')).status).toBe(403);
  await page.goto(`${shop.product.address}/me`);
  await page.getByLabel('API key').fill(key ?? '');
  await page.getByRole('button', { name: 'Check key' }).click();
  await page.getByRole('main').getByText('suspended').first().waitFor();
  await page.context().close();
}, 150_000);

test('testing the webhook shows the key before and after, unchanged', async () => {
  const { name } = await shop.aKey({ name: 'Watched' });
  const page = await shop.signedIn('/billing');
  await page.getByRole('button', { name: 'Test webhook' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Key to watch' }).click();
  await page.getByRole('option', { name: new RegExp(name) }).click();
  await dialog.getByRole('button', { name: /^Send/ }).click();
  await dialog.getByText('200').first().waitFor();
  await dialog.getByText('Before').first().waitFor();
  await dialog.getByText('The key did not change, as expected.').waitFor();
  await page.context().close();
}, 60_000);
