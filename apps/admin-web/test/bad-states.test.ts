import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { aConsole, signIn, type TestConsole } from './support/console.ts';
import { type TroubledWay, troubledWay } from './support/troubled-way.ts';

const SCRIPT = '<script>document.title = "taken over"</script>';
const LONG = 'n'.repeat(200);

let shop: TestConsole;
let way: TroubledWay;
beforeAll(async () => {
  shop = await aConsole();
  way = await troubledWay(shop.product.address);
});
afterEach(() => {
  way.trouble = 'none';
});
afterAll(async () => {
  await way.close();
  await shop.stop();
});

/** A signed-in page whose requests take the troubled way. */
async function troubled(path: string) {
  const page = await shop.visit();
  await page.goto(`${way.address}${path}`);
  await signIn(page);
  return page;
}

describe('when the product is in trouble', () => {
  test('away: the page keeps what it shows, says so, and recovers by itself', async () => {
    const page = await troubled('/plans');
    await page.getByText('Starter').first().waitFor();
    // In the quiet after the first page the other panels are fetched.
    await page.waitForResponse((response) => /toasts-.*\.js$/.test(response.url()));
    way.trouble = 'away';
    const banner = page.getByRole('status').getByText('API-Factory can’t be reached');
    await banner.waitFor({ timeout: 25_000 });
    expect(await page.getByText('Starter').first().isVisible()).toBe(true);
    await page.getByRole('link', { name: 'Key check' }).click();
    await page.getByRole('heading', { level: 1, name: 'Key check' }).waitFor();
    // It asks again, and does not storm.
    const asked = way.asked.length;
    const looks = () => way.asked.slice(asked).filter((path) => path === '/_api/livez').length;
    await expect.poll(looks, { timeout: 15_000 }).toBeGreaterThanOrEqual(3);
    expect(way.asked.length - asked).toBeLessThan(20);
    way.trouble = 'none';
    await banner.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    await page.context().close();
  });

  test('a panel that can’t be fetched says so within the console, and comes when it is tried again', async () => {
    const page = await troubled('/plans');
    way.trouble = 'no-parts';
    await page.getByRole('link', { name: 'Audit' }).click();
    const notice = page.getByRole('alert').filter({ hasText: 'The page could not be shown' });
    await notice.waitFor();
    expect(await page.getByRole('navigation', { name: 'Panels' }).count()).toBe(1);
    way.trouble = 'none';
    await notice.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    await page.context().close();
  });

  test('away from the start: the console says so and comes up when it is back', async () => {
    const page = await troubled('/plans');
    await page.getByText('Starter').first().waitFor();
    // The page itself is asked for again in a real reload; here only the session can’t be read.
    way.trouble = 'broken';
    await page.reload();
    await page.getByRole('alert').getByText('The console can’t start yet').waitFor();
    way.trouble = 'none';
    await page.getByText('Starter').first().waitFor();
    await page.context().close();
  });

  test('500: the error names what failed and the request id, links to the code, and trying again works', async () => {
    const page = await troubled('/');
    way.trouble = 'broken';
    await page.getByRole('link', { name: 'Consumers', exact: true }).click();
    const notice = page.getByRole('alert').first();
    await notice.getByText('req_broken').waitFor();
    expect(await notice.getByRole('link', { name: 'About INTERNAL_ERROR' }).getAttribute('href')).toBe('/docs/errors/INTERNAL_ERROR');
    expect(await notice.getByRole('button', { name: 'Copy request id' }).count()).toBe(1);
    way.trouble = 'none';
    await notice.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No consumers yet').waitFor();
    await page.context().close();
  });

  test('slow: a skeleton stands until the answer is there', async () => {
    const page = await troubled('/');
    way.trouble = { slowMs: 1_500 };
    await page.getByRole('link', { name: 'Plans', exact: true }).click();
    await page.getByTestId('skeleton').first().waitFor();
    await page.getByText('Starter').first().waitFor();
    expect(await page.getByTestId('skeleton').count()).toBe(0);
    await page.context().close();
  });

  test('a session that ends in the middle leads to the sign-in and leaves nothing on the screen', async () => {
    const page = await troubled('/plans');
    await page.getByText('Starter').first().waitFor();
    await sql`delete from operator_sessions`.execute(shop.product.product.db);
    shop.product.clock.offsetMs += 2_000;
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByText('Your session ended.').waitFor();
    expect(await page.getByText('Starter').count()).toBe(0);
    await page.context().close();
  });
});

test('an empty database says the next step on every list; a key of another billing mode does not look enabled', async () => {
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
  expect(empty.complaints.filter((text) => !text.includes('401'))).toEqual([]);
  await empty.aKey({ name: 'Of the sandbox' });
  await sql`update keys set mode = 'test'`.execute(empty.product.product.db);
  await page.goto(`${empty.product.address}/keys`);
  await page.getByRole('table', { name: 'API keys' }).getByText('other mode').waitFor();
  await empty.stop();
});

describe('names that are not nice', () => {
  test('markup in a name is text, and 200 characters push nothing aside, wide or narrow', async () => {
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
        const overhang = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overhang, `${path} at ${viewport.width}px`).toBeLessThanOrEqual(0);
      }
      await page.context().close();
    }
  });
});

test('10,000 keys: the list scrolls to its end with few rows in the document', async () => {
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
