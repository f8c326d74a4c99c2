import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aConsole, type TestConsole } from './support/console.ts';

let shop: TestConsole;
beforeAll(async () => {
  shop = await aConsole();
});
afterAll(() => shop.stop());

const QUOTA = 3;

const goTo = (page: Page, path: string) => page.goto(`${shop.product.address}${path}`);

/** Reveals the key in the open dialog. @returns its plaintext */
async function revealedKey(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Show key' }).click();
  return (await page.getByTestId('plaintext-key').textContent())?.trim() ?? '';
}

/** Creates a key in the dialog, copies it and closes the dialog. @returns its plaintext */
async function createKey(page: Page, name: string, plan: string): Promise<string> {
  await goTo(page, '/keys?create=1');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('combobox', { name: 'Plan' }).click();
  await page.getByRole('option', { name: new RegExp(plan) }).click();
  await dialog.getByRole('button', { name: 'Create key' }).click();
  const key = await revealedKey(page);
  await dialog.getByRole('button', { name: 'Copy key' }).click();
  await dialog.getByRole('button', { name: 'Copied' }).waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'detached' });
  return key;
}

/**
 * The console reloads the key’s limits after each call. Until then, it could notice a call made
 * elsewhere before the next click.
 */
const limitsReloaded = (page: Page) => page.waitForResponse((response) => response.url().endsWith('/api/admin/keys/me'));

async function pasteKey(page: Page, key: string): Promise<void> {
  await page.getByRole('form', { name: 'Paste a key' }).getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Use this key' }).click();
}

test('the console creates a plan and a key, calls an action until 429, then revokes the key', async () => {
  const page = await shop.signedIn('/plans?create=1');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Trial');
  expect(await dialog.getByLabel('ID').inputValue()).toBe('trial');
  await dialog.getByRole('switch', { name: 'For sale' }).click({ force: true });
  await dialog.getByLabel('Units').fill(String(QUOTA));
  await dialog.getByRole('button', { name: 'Create plan' }).click();
  await page.getByRole('main').getByText('Trial').first().waitFor();

  const key = await createKey(page, 'Trial key', 'Trial');
  expect(key).toMatch(/^af_test_[0-9A-Za-z]{36}$/);

  await goTo(page, '/actions?action=echo');
  const send = page.getByRole('button', { name: 'Send', exact: true });
  await expect.poll(() => send.getAttribute('aria-disabled')).toBe('true');
  await pasteKey(page, key);
  for (let left = QUOTA - 1; left > 0; left--) {
    await expect.poll(() => send.getAttribute('aria-disabled')).toBe('false');
    await Promise.all([limitsReloaded(page), send.click()]);
    await page.getByTestId('limit-quota').getByText(`${left} / ${QUOTA}`, { exact: false }).waitFor();
  }
  // The last unit is used elsewhere, so that the console’s call is refused.
  expect((await shop.product.call(key)).status).toBe(200);
  await send.click();
  await page.getByText('move the key to a larger plan', { exact: false }).first().waitFor();
  await page.getByTestId('limit-quota').getByText(`0 / ${QUOTA}`, { exact: false }).waitFor();
  await expect.poll(() => send.getAttribute('aria-disabled')).toBe('true');
  expect(await send.getAttribute('aria-description')).toMatch(/^Out of quota, resets /);

  await shop.product.shipped();
  await goTo(page, '/keys?search=Trial');
  await page.getByRole('link', { name: 'Trial key' }).click();
  await page.getByRole('heading', { level: 1, name: 'Trial key' }).waitFor();
  await page.getByText(`${QUOTA} of ${QUOTA} units`).first().waitFor();
  await page.getByRole('button', { name: 'Revoke' }).click();
  const confirm = page.getByRole('dialog');
  expect(await confirm.getByRole('button', { name: 'Revoke' }).getAttribute('aria-disabled')).toBe('true');
  await confirm.getByRole('textbox').fill('Trial key');
  await confirm.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('main').getByText('revoked').first().waitFor();
  expect((await shop.product.call(key)).status).toBe(401);

  await goTo(page, '/me');
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Check key' }).click();
  await page.getByText('INVALID_KEY').first().waitFor();
  await page.context().close();
}, 120_000);

test('a refused call shows a single toast with advice', async () => {
  await shop.product.admin('POST', '/plans', {
    id: 'slow',
    name: 'Slow',
    quota: { limit: 100, period: 'month' },
    rate: { limit: 2, windowSeconds: 3_600 },
  });
  const { id, key } = await shop.aKey({ name: 'Slow key', plan: 'slow' });
  const page = await shop.signedIn('/actions?action=echo');
  await pasteKey(page, key);
  const send = page.getByRole('button', { name: 'Send', exact: true });
  await Promise.all([limitsReloaded(page), send.click()]);
  await page.getByTestId('limit-rate').getByText('1 / 2', { exact: false }).waitFor();
  // The last call of the window is made elsewhere, so that the console’s call is refused.
  expect((await shop.product.call(key)).status).toBe(200);
  await send.click();
  const toasts = page.getByText('then try again', { exact: false });
  await toasts.first().waitFor();
  expect(await toasts.count()).toBe(1);
  await expect.poll(() => send.getAttribute('aria-description')).toMatch(/^Rate limit reached, /);

  await shop.product.admin('POST', `/keys/${id}/suspend`);
  await goTo(page, '/actions?action=echo');
  await pasteKey(page, key);
  await expect.poll(() => send.getAttribute('aria-description'), { timeout: 20_000 }).toMatch(/suspended/);
  await page.context().close();
}, 90_000);

test('closing a new key without copying it asks for confirmation', async () => {
  const page = await shop.signedIn('/keys?create=1');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Not copied');
  await dialog.getByRole('button', { name: 'Create key' }).click();
  await dialog.getByText('Copy your key').waitFor();
  await page.keyboard.press('Escape');
  await dialog.getByRole('alert').getByText('You haven’t copied the key').waitFor();
  await dialog.getByRole('button', { name: 'Close without copying' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await page.content()).not.toMatch(/af_test_[0-9A-Za-z]{36}/);
  await page.context().close();
});

test('a rotation with an overlap shows the new key, and the old one keeps working', async () => {
  const { id, key } = await shop.aKey({ name: 'To rotate' });
  const page = await shop.signedIn(`/keys/${id}`);
  await page.getByRole('button', { name: 'Rotate' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('1 hour').check();
  await dialog.getByRole('button', { name: /^Rotate/ }).click();
  const rotated = await revealedKey(page);
  expect(rotated).not.toBe(key);
  expect([(await shop.product.call(key)).status, (await shop.product.call(rotated)).status]).toEqual([200, 200]);
  await page.context().close();
});

test('a double click creates one consumer', async () => {
  const page = await shop.signedIn('/consumers');
  await page.getByRole('button', { name: 'Create consumer' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Clicked twice');
  await dialog.getByRole('button', { name: 'Create consumer' }).dblclick();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('main').getByText('Clicked twice').first().waitFor();
  expect((await shop.product.admin('GET', '/consumers?search=Clicked')).body.data).toHaveLength(1);
  await page.context().close();
});

test('leaving a plan with unsaved changes asks for confirmation, and leaving a saved plan does not', async () => {
  const page = await shop.signedIn('/plans/starter');
  await page.getByLabel('Name').fill('Starter, renamed');
  await page.getByRole('link', { name: 'Usage', exact: true }).click();
  const confirmation = page.getByRole('dialog');
  await confirmation.getByText('Discard', { exact: false }).first().waitFor();
  await page.keyboard.press('Escape');
  await confirmation.waitFor({ state: 'detached' });
  expect(await page.getByLabel('Name').inputValue()).toBe('Starter, renamed');
  await page.getByRole('button', { name: /^Review/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Save/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Starter, renamed' }).waitFor();
  await page.getByRole('link', { name: 'Usage', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Usage' }).waitFor();
  await page.context().close();
});
