import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_KEY, aConsole, signIn, type TestConsole } from './support/console.ts';

let console_: TestConsole;
beforeAll(async () => {
  console_ = await aConsole();
});
afterAll(() => console_.stop());

const main = 'main';

describe('signing in', () => {
  test('a wrong key says so, and the right one opens the page that was asked for', async () => {
    const page = await console_.visit('/plans');
    await page.getByRole('textbox', { name: 'Operator key' }).fill('af_admin_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('This is not the operator key').waitFor();
    expect(await page.getByRole('textbox', { name: 'Operator key' }).inputValue()).toBe('');
    await signIn(page);
    await page.getByRole('heading', { level: 1, name: 'Plans' }).waitFor();
    await page.context().close();
  });

  test('the operator key is in no storage, no cookie and no address; the cookie can’t be read by a script', async () => {
    const page = await console_.signedIn('/');
    await page.getByRole('heading', { level: 1 }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
    expect(kept).not.toContain(ADMIN_KEY);
    expect(kept).not.toContain('af_session');
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ name: 'af_session', httpOnly: true, sameSite: 'Strict' });
    expect(JSON.stringify(cookie)).not.toContain(ADMIN_KEY);
    await page.context().close();
  });

  test('a reload keeps the session; signing out ends it for good', async () => {
    const page = await console_.signedIn('/plans');
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

  test('“Sign out everywhere” ends the session of another browser: its next read leads to the sign-in, and back to the same page', async () => {
    const [here, there] = [await console_.signedIn('/plans'), await console_.signedIn('/plans')];
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

test('the menu reaches every panel, and each names itself in its title', async () => {
  const page = await console_.signedIn('/');
  const links = page.getByRole('navigation', { name: 'Panels' }).getByRole('link');
  const names = await links.allInnerTexts();
  expect(names.length).toBeGreaterThanOrEqual(10);
  for (const name of names) {
    await page.getByRole('navigation', { name: 'Panels' }).getByRole('link', { name, exact: true }).click();
    await page.locator(main).getByRole('heading', { level: 1, name }).waitFor();
    expect(await page.title()).toBe(`${name} · API-Factory`);
    expect(await page.locator('nav [aria-current="page"]').textContent()).toBe(name);
  }
  await page.context().close();
});

test('the command palette opens with Ctrl-K and leads to pages, keys and actions', async () => {
  const { id } = await console_.aKey({ name: 'Palette key' });
  const page = await console_.signedIn('/');
  await page.getByRole('heading', { level: 1 }).waitFor();
  const go = async (text: string, choice: string) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: 'Search pages, keys and actions' }).fill(text);
    await page.getByRole('dialog').getByText(choice).first().waitFor();
    await page.keyboard.press('Enter');
  };
  await go('consum', 'Consumers');
  await page.getByRole('heading', { level: 1, name: 'Consumers' }).waitFor();
  await go('Palette k', 'Palette key');
  await page.waitForURL(`**/keys/${id}`);
  await go('qr_c', 'Try qr_code');
  await page.waitForURL('**/actions?action=qr_code');
  await page.context().close();
});
