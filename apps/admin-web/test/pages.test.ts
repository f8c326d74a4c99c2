import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PANELS } from '../src/panels.ts';
import { aConsole, pagesOf, type TestConsole } from './support/console.ts';
import { createSampleData } from './support/sample-data.ts';

/** Ignored by Git. The three images in docs/images are copies. */
const SCREENSHOTS = fileURLToPath(new URL('../screenshots/', import.meta.url));
const CONSOLE_DOCS = fileURLToPath(new URL('../../../docs/console.md', import.meta.url));
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SCHEMES = ['light', 'dark'] as const;
const MAX_PAGES = 30;

let shop: TestConsole;
let pages: Record<string, string>;
beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  shop = await aConsole();
  pages = pagesOf(await createSampleData(shop));
}, 120_000);
afterAll(() => shop.stop());

test('these tests visit every route of every panel, and docs/console.md lists every panel', () => {
  const visited = Object.values(pages).map((path) => path.replace(/\?.*/, ''));
  const routes = PANELS.flatMap((panel) => panel.routes.map(({ path }) => path));
  const matches = (route: string) => visited.some((path) => new RegExp(`^${route.replace(/\$\w+/g, '[^/]+')}$`).test(path));
  expect(routes.filter((route) => !matches(route))).toEqual([]);
  const docs = readFileSync(CONSOLE_DOCS, 'utf8');
  expect(PANELS.map(({ title }) => title).filter((title) => !docs.includes(`| ${title} |`))).toEqual([]);
});

/** Opens a page and waits until everything has loaded. */
async function openAndSettle(page: Page, path: string): Promise<void> {
  await page.goto(`${shop.product.address}${path}`);
  await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  await expect.poll(() => page.getByTestId('skeleton').count()).toBe(0);
}

describe.each(SCHEMES)('in the %s theme', (colorScheme) => {
  test('every page meets WCAG 2.2 AA, contacts no other host and logs no error', async () => {
    const page = await shop.signedIn('/', { colorScheme });
    const names = Object.entries(pages);
    expect(names.length).toBeLessThanOrEqual(MAX_PAGES);
    const violationsByPage: string[] = [];
    for (const [name, path] of names) {
      await openAndSettle(page, path);
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}.png`) });
      const { violations, passes } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
      expect(passes.length, name).toBeGreaterThan(5);
      violationsByPage.push(
        ...violations.map(({ id, nodes }) => `${name}: ${id} at ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`),
      );
    }
    expect(violationsByPage).toEqual([]);
    expect(shop.foreignRequests).toEqual([]);
    expect(unexpected(shop.consoleErrors)).toEqual([]);
    await page.context().close();
  }, 240_000);

  test('the sign-in page, dialogs, the palette and the account menu meet WCAG 2.2 AA', async () => {
    const visitor = await shop.visit('/', { colorScheme });
    await visitor.getByRole('heading', { name: 'Sign in to API-Factory' }).waitFor();
    await visitor.screenshot({ path: join(SCREENSHOTS, `sign-in-${colorScheme}.png`) });
    expect(await violationsOf(visitor)).toEqual([]);
    await visitor.context().close();
    const page = await shop.signedIn('/', { colorScheme });
    for (const [name, path] of [
      ['create-key', '/keys?create=1'],
      ['create-plan', '/plans?create=1'],
    ] as const) {
      await page.goto(`${shop.product.address}${path}`);
      await page.getByRole('dialog').waitFor();
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}.png`) });
      expect(await violationsOf(page), name).toEqual([]);
    }
    await openAndSettle(page, '/');
    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: 'Search pages, keys and actions' }).waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, `palette-${colorScheme}.png`) });
    expect(await violationsOf(page), 'palette').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Account and appearance' }).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).waitFor();
    expect(await violationsOf(page), 'account menu').toEqual([]);
    await page.context().close();
  }, 120_000);
});

test('at 390 px no page scrolls horizontally, and the menu opens', async () => {
  const page = await shop.signedIn('/', { viewport: { width: 390, height: 844 } });
  for (const [name, path] of Object.entries(pages)) {
    await openAndSettle(page, path);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow, name).toBeLessThanOrEqual(0);
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-390.png`) });
  }
  await page.getByRole('button', { name: 'Open menu' }).click();
  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
  await page.context().close();
}, 120_000);

test('the content security policy blocks injected scripts and requests to other hosts', async () => {
  const page = await shop.signedIn('/');
  const policy = await page.evaluate(async () => (await fetch('/')).headers.get('content-security-policy'));
  expect(/script-src ([^;]*)/.exec(policy ?? '')?.[1]).toBe("'self'");
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    return 'ran' in window;
  });
  expect(ran).toBe(false);
  expect(
    await page.evaluate(() =>
      fetch('https://example.com/').then(
        () => 'reached',
        () => 'refused',
      ),
    ),
  ).toBe('refused');
  await page.context().close();
});

test('first contentful paint and interaction latency are printed, not asserted', async () => {
  const page = await shop.signedIn('/');
  await openAndSettle(page, '/');
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null);
  expect(paint).toBeGreaterThan(0);
  await page.evaluate(() => {
    const longest = { ms: 0 };
    Object.assign(window, { longest });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longest.ms = Math.max(longest.ms, entry.duration);
    }).observe({ type: 'event', buffered: true, durationThreshold: 16 } as PerformanceObserverInit);
  });
  for (const name of ['Metrics', 'Usage', 'Keys', 'Plans', 'Billing', 'Actions', 'Overview']) {
    await page.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.waitForLoadState('networkidle');
  }
  const longest = await page.evaluate(() => (window as unknown as { longest: { ms: number } }).longest.ms);
  process.stdout.write(
    `first contentful paint ${Math.round(paint ?? 0)} ms, longest interaction to next paint ${Math.round(longest)} ms\n`,
  );
  await page.context().close();
});

const violationsOf = async (page: Page) => {
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
  return violations.map(({ id, nodes }) => `${id} at ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
};

/** Before the sign-in page, the console checks for a session, and the browser logs that 401. */
const unexpected = (errors: string[]): string[] => errors.filter((text) => !/401 .*\/api\/admin\/session\)$/.test(text));
