import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_KEY, aConsole, signIn, type TestConsole } from './support/console.ts';

let shop: TestConsole;
beforeAll(async () => {
  shop = await aConsole();
});
afterAll(() => shop.stop());

describe('the sign-in page', () => {
  test('rejects a wrong key, and opens the requested page with the right one', async () => {
    const page = await shop.visit('/plans');
    await page.getByRole('textbox', { name: 'Operator key' }).fill('af_admin_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('Wrong operator key').waitFor();
    expect(await page.getByRole('textbox', { name: 'Operator key' }).inputValue()).toBe('');
    await signIn(page);
    await page.getByRole('heading', { level: 1, name: 'Plans' }).waitFor();
    await page.context().close();
  });

  test('does not put the operator key in storage, a cookie or the URL, and sets an HttpOnly cookie', async () => {
    const page = await shop.signedIn('/');
    await page.getByRole('heading', { level: 1 }).waitFor();
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
    expect(stored).not.toContain(ADMIN_KEY);
    expect(stored).not.toContain('af_session');
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ name: 'af_session', httpOnly: true, sameSite: 'Strict' });
    expect(JSON.stringify(cookie)).not.toContain(ADMIN_KEY);
    await page.context().close();
  });

  test('keeps the session across a reload, and signing out ends it permanently', async () => {
    const page = await shop.signedIn('/plans');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Plans' }).waitFor();
    const cookies = await page.context().cookies();
    await page.getByRole('button', { name: 'Account and appearance' }).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign in to API-Factory' }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    await page.context().addCookies(cookies);
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in to API-Factory' }).waitFor();
    await page.context().close();
  });

  test('returns another browser to the same page after “Sign out everywhere” ended its session', async () => {
    const [here, there] = [await shop.signedIn('/plans'), await shop.signedIn('/plans')];
    await there.getByText('Starter').first().waitFor();
    await here.getByRole('button', { name: 'Account and appearance' }).click();
    await here.getByRole('menuitem', { name: 'Sign out everywhere' }).click();
    await here.getByRole('heading', { name: 'Sign in to API-Factory' }).waitFor();
    await there.getByRole('link', { name: 'Audit' }).click();
    await there.getByText('Your session ended.').waitFor();
    expect(await there.getByText('Starter').count()).toBe(0);
    await signIn(there);
    await there.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    await Promise.all([here.context().close(), there.context().close()]);
  });
});

test('the menu opens every panel, and each one sets the document title', async () => {
  const page = await shop.signedIn('/');
  const links = page.getByRole('navigation', { name: 'Panels' }).getByRole('link');
  const names = await links.allInnerTexts();
  expect(names.length).toBeGreaterThanOrEqual(10);
  for (const name of names) {
    await page.getByRole('navigation', { name: 'Panels' }).getByRole('link', { name, exact: true }).click();
    await page.getByRole('main').getByRole('heading', { level: 1, name }).waitFor();
    expect(await page.title()).toBe(`${name} · API-Factory`);
    expect(await page.locator('nav [aria-current="page"]').textContent()).toBe(name);
  }
  await page.context().close();
});

test('the command palette opens with Ctrl+K and finds pages, keys and actions', async () => {
  const { id } = await shop.aKey({ name: 'Palette key' });
  const page = await shop.signedIn('/');
  await page.getByRole('heading', { level: 1 }).waitFor();
  const runCommand = async (text: string, choice: string) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: 'Search pages, keys and actions' }).fill(text);
    await page.getByRole('dialog').getByText(choice).first().waitFor();
    await page.keyboard.press('Enter');
  };
  await runCommand('consum', 'Consumers');
  await page.getByRole('heading', { level: 1, name: 'Consumers' }).waitFor();
  await runCommand('Palette k', 'Palette key');
  await page.waitForURL(`**/keys/${id}`);
  await runCommand('qr_c', 'Try qr_code');
  await page.waitForURL('**/actions?action=qr_code');
  await page.context().close();
});
