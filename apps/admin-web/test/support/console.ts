import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ADMIN_KEY, expectStatus } from '../../../api-cli/test/support/api.ts';
import { aProduct, movableClock, type TestProduct } from '../../../api-cli/test/support/product.ts';
import { startChromium } from './chromium.ts';

export { ADMIN_KEY };

/** The production build of the console. */
const BUILT = fileURLToPath(new URL('../../dist/', import.meta.url));

export interface TestConsole {
  product: TestProduct;
  browser: Browser;
  /** Errors in the browser’s console, and uncaught exceptions. */
  consoleErrors: string[];
  /** Requests to any other origin. */
  foreignRequests: string[];
  /** Opens a signed-out page in a separate browser context. */
  visit: (path?: string, options?: BrowserContextOptions) => Promise<Page>;
  /** The same, signed in. */
  signedIn: (path?: string, options?: BrowserContextOptions) => Promise<Page>;
  /** Creates an API key through the operator API. */
  aKey: (key?: Partial<{ name: string; plan: string; consumerId: string }>) => Promise<{ id: string; key: string; name: string }>;
  stop: () => Promise<void>;
}

/** Starts the whole product with sandbox billing, and a real browser. */
export async function aConsole(env: Record<string, string> = {}): Promise<TestConsole> {
  if (!existsSync(join(BUILT, 'index.html'))) throw new Error('The console is not built. `npm test` builds it.');
  const product = await aProduct({ BILLING: 'sandbox', FAILED_CREDENTIALS_PER_MINUTE: '1000', ...env }, movableClock(), BUILT);
  const browser = await startChromium();
  const consoleErrors: string[] = [];
  const foreignRequests: string[] = [];

  const visit: TestConsole['visit'] = async (path = '/', options = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => consoleErrors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && consoleErrors.push(`${message.text()} (${message.location().url})`));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http') && url.origin !== product.address) foreignRequests.push(request.url());
    });
    await page.goto(`${product.address}${path}`);
    return page;
  };
  const signedIn: TestConsole['signedIn'] = async (path, options) => {
    const page = await visit(path, options);
    await signIn(page);
    return page;
  };
  return {
    product,
    browser,
    consoleErrors,
    foreignRequests,
    visit,
    signedIn,
    aKey: async ({ name = 'a key', ...rest } = {}) => {
      const { data } = (await expectStatus(product.admin('POST', '/keys', { name, plan: 'starter', ...rest }), 201)).body;
      return data;
    },
    stop: async () => {
      await browser.close();
      await product.stop();
    },
  };
}

/** Signs in and waits for the console. */
export async function signIn(page: Page, key = ADMIN_KEY): Promise<void> {
  await page.getByRole('textbox', { name: 'Operator key' }).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Panels' }).waitFor({ state: 'attached' });
}

/** Every page of the console, for tests that apply to all of them. */
export const pagesOf = (ids: { keyId: string; planId: string; consumerId: string }): Record<string, string> => ({
  overview: '/',
  metrics: '/metrics',
  usage: '/usage',
  audit: '/audit',
  keys: '/keys',
  key: `/keys/${ids.keyId}`,
  consumers: '/consumers',
  consumer: `/consumers/${ids.consumerId}`,
  plans: '/plans',
  plan: `/plans/${ids.planId}`,
  billing: '/billing',
  subscriptions: '/billing?tab=subscriptions',
  inbox: '/billing?tab=inbox',
  sandbox: '/billing?tab=sandbox',
  actions: '/actions',
  'key-check': '/me',
  'not-found': '/nowhere',
});
