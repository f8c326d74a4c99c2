import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { aConsole, signIn, type TestConsole } from './support/console.ts';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.ts';

const SCRIPT = '<script>document.title = "taken over"</script>';
const LONG = 'n'.repeat(200);

let shop: TestConsole;
let proxy: FaultProxy;
beforeAll(async () => {
  shop = await aConsole();
  proxy = await startFaultProxy(shop.product.address);
});
afterEach(() => {
  proxy.fault = 'none';
});
afterAll(async () => {
  await proxy.close();
  await shop.stop();
});

/** A signed-in page whose requests go through the fault proxy. */
async function pageThroughProxy(path: string) {
  const page = await shop.visit();
  await page.goto(`${proxy.address}${path}`);
  await signIn(page);
  return page;
}

describe('when the server fails', () => {
  test('an unreachable server leaves the page visible with a banner, and the page recovers automatically', async () => {
    const page = await pageThroughProxy('/plans');
    await page.getByText('Starter').first().waitFor();
    // The other panels are preloaded after the first page.
    await page.waitForResponse((response) => /toasts-.*\.js$/.test(response.url()));
    proxy.fault = 'unreachable';
    const banner = page.getByRole('status').getByText('Can’t reach API-Factory');
    await banner.waitFor({ timeout: 25_000 });
    expect(await page.getByText('Starter').first().isVisible()).toBe(true);
    await page.getByRole('link', { name: 'Key check' }).click();
    await page.getByRole('heading', { level: 1, name: 'Key check' }).waitFor();
    // It retries without flooding the server.
    const before = proxy.requests.length;
    const checks = () => proxy.requests.slice(before).filter((path) => path === '/_api/livez').length;
    await expect.poll(checks, { timeout: 15_000 }).toBeGreaterThanOrEqual(3);
    expect(proxy.requests.length - before).toBeLessThan(20);
    proxy.fault = 'none';
    await banner.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    await page.context().close();
  });

  test('a panel that fails to load shows an error in the console, and loads on retry', async () => {
    const page = await pageThroughProxy('/plans');
    proxy.fault = 'no-assets';
    await page.getByRole('link', { name: 'Audit' }).click();
    const notice = page.getByRole('alert').filter({ hasText: 'This page could not be shown' });
    await notice.waitFor();
    expect(await page.getByRole('navigation', { name: 'Panels' }).count()).toBe(1);
    proxy.fault = 'none';
    await notice.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    await page.context().close();
  });

  test('a console that can’t start shows an error, and starts when the server is back', async () => {
    const page = await pageThroughProxy('/plans');
    await page.getByText('Starter').first().waitFor();
    // The document itself loads; only the session request fails.
    proxy.fault = 'broken';
    await page.reload();
    await page.getByRole('alert').getByText('The console can’t start').waitFor();
    proxy.fault = 'none';
    await page.getByText('Starter').first().waitFor();
    await page.context().close();
  });

  test('a 500 shows what failed, the request ID and a link to the error code, and works on retry', async () => {
    const page = await pageThroughProxy('/');
    proxy.fault = 'broken';
    await page.getByRole('link', { name: 'Consumers', exact: true }).click();
    const notice = page.getByRole('alert').first();
    await notice.getByText('req_broken').waitFor();
    expect(await notice.getByRole('link', { name: 'About INTERNAL_ERROR' }).getAttribute('href')).toBe('/docs/errors/INTERNAL_ERROR');
    expect(await notice.getByRole('button', { name: 'Copy request ID' }).count()).toBe(1);
    proxy.fault = 'none';
    await notice.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No consumers yet').waitFor();
    await page.context().close();
  });

  test('a slow response shows a skeleton until it arrives', async () => {
    const page = await pageThroughProxy('/');
    proxy.fault = { slowMs: 1_500 };
    await page.getByRole('link', { name: 'Plans', exact: true }).click();
    await page.getByTestId('skeleton').first().waitFor();
    await page.getByText('Starter').first().waitFor();
    expect(await page.getByTestId('skeleton').count()).toBe(0);
    await page.context().close();
  });

  test('a session that ends shows the sign-in page and leaves no data on screen', async () => {
    const page = await pageThroughProxy('/plans');
    await page.getByText('Starter').first().waitFor();
    await sql`delete from operator_sessions`.execute(shop.product.product.db);
    shop.product.clock.offsetMs += 2_000;
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByText('Your session ended.').waitFor();
    expect(await page.getByText('Starter').count()).toBe(0);
    await page.context().close();
  });
});

test('every empty list explains what appears there, and a key of another billing mode is not shown as enabled', async () => {
  const empty = await aConsole({ BILLING: 'off' });
  const page = await empty.signedIn('/keys');
  for (const [path, words] of [
    ['/keys', 'No keys yet'],
    ['/consumers', 'No consumers yet'],
    ['/usage', 'No calls yet'],
    ['/billing', 'Billing is off'],
  ] as const) {
    await page.goto(`${empty.product.address}${path}`);
    await page.getByRole('main').getByText(words).first().waitFor();
  }
  expect(empty.consoleErrors.filter((text) => !text.includes('401'))).toEqual([]);
  await empty.aKey({ name: 'Of the sandbox' });
  await sql`update keys set mode = 'test'`.execute(empty.product.product.db);
  await page.goto(`${empty.product.address}/keys`);
  await page.getByRole('table', { name: 'API keys' }).getByText('other mode').waitFor();
  await empty.stop();
});

describe('hostile names', () => {
  test('with markup are shown as text, and with 200 characters don’t widen the page', async () => {
    const { admin } = shop.product;
    const consumerId = (await admin('POST', '/consumers', { name: SCRIPT })).body.data.id;
    const script = await shop.aKey({ name: SCRIPT, consumerId });
    const long = await shop.aKey({ name: LONG });
    for (const viewport of [
      { width: 1280, height: 900 },
      { width: 390, height: 844 },
    ]) {
      const page = await shop.signedIn('/keys', { viewport });
      for (const [path, name] of [
        ['/keys', SCRIPT],
        [`/keys/${script.id}`, SCRIPT],
        [`/keys/${long.id}`, LONG],
        ['/consumers', SCRIPT],
        [`/consumers/${consumerId}`, SCRIPT],
        ['/audit', 'key.create'],
      ] as const) {
        await page.goto(`${shop.product.address}${path}`);
        await page.getByRole('main').getByText(name).first().waitFor();
        expect(await page.title()).not.toBe('taken over');
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, `${path} at ${viewport.width}px`).toBeLessThanOrEqual(0);
      }
      await page.context().close();
    }
  });
});

test('a list of 10,000 keys scrolls to its end with few rows in the DOM', async () => {
  await sql`
    insert into entitlements (id, plan_id, plan_version, snapshot_version) select 'entitlement_many', 'starter', 1, 0;
    `.execute(shop.product.product.db);
  await sql`
    insert into keys (id, entitlement_id, name, hash, prefix, last4, mode, created_at, snapshot_version)
    select 'key_many_' || n, 'entitlement_many', 'many ' || n, md5(n::text) || md5((n + 1)::text), 'af_test_many', lpad((n % 10000)::text, 4, '0'), 'test',
      now() - n * interval '1 second', 0
    from generate_series(1, 10000) n`.execute(shop.product.product.db);
  const page = await shop.signedIn('/keys?search=many');
  const table = page.getByRole('table', { name: 'API keys' });
  await table.getByText('many 1', { exact: true }).waitFor();
  for (let pages = 0; pages < 4; pages++) {
    const before = Number(await table.getAttribute('aria-rowcount'));
    await page.getByRole('button', { name: 'Load more' }).click();
    await expect.poll(async () => Number(await table.getAttribute('aria-rowcount'))).toBeGreaterThan(before);
  }
  await page.getByRole('region', { name: 'API keys' }).evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
  const loaded = Number(await table.getAttribute('aria-rowcount')) - 1;
  await table.getByText(`many ${loaded}`, { exact: true }).waitFor();
  expect(await table.getByRole('row').count()).toBeLessThan(120);
  await page.context().close();
});
