import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_KEY, aConsole, type TestConsole } from './support/console.ts';

let shop: TestConsole;
beforeAll(async () => {
  shop = await aConsole();
});
afterAll(() => shop.stop());

const MAX_STOPS = 60;

/** Presses Tab until the focused element has this name. Throws when it can’t be reached. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const seen: string[] = [];
  for (let stop = 0; stop < MAX_STOPS; stop++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])].map((label) => label.textContent) : [];
      return [element?.getAttribute('aria-label') ?? '', element?.textContent ?? '', ...labels].join(' ').trim();
    });
    if (name.test(focused)) return;
    seen.push(focused);
  }
  throw new Error(`Tab does not reach ${name}. It reached ${seen.join(' · ')}`);
}

test('signing in, creating a key and showing it works with the keyboard alone', async () => {
  const page = await shop.visit('/');
  await page.getByRole('heading', { name: 'Sign in to API-Factory' }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
  await page.keyboard.type(ADMIN_KEY);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: 'Panels' }).waitFor();

  await tabTo(page, /^Keys$/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
  await tabTo(page, /^Create (a )?key$/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
  await page.keyboard.type('By keyboard');
  await page.keyboard.press('Enter');
  await dialog.getByText('Copy your key').waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain('Copy key');
  await tabTo(page, /^Show key/);
  await page.keyboard.press('Enter');
  const key = (await page.getByTestId('plaintext-key').textContent())?.trim() ?? '';
  expect((await shop.product.call(key)).status).toBe(200);
  await page.context().close();
}, 90_000);

test('a disabled button can be focused and explains why it is disabled', async () => {
  const page = await shop.signedIn('/actions?action=echo');
  const send = page.getByRole('button', { name: 'Send', exact: true });
  await send.waitFor();
  await tabTo(page, /^Send$/);
  expect(await send.getAttribute('aria-disabled')).toBe('true');
  await page
    .getByRole('tooltip')
    .getByText((await send.getAttribute('aria-description')) ?? 'nothing')
    .waitFor();
  await page.context().close();
});
