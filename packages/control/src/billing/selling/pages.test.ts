import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';

let billed: BilledApp;
beforeAll(async () => {
  billed = await billedApp();
});
afterAll(() => billed.close());

const PAGES = ['/checkout', '/checkout/done', '/checkout/manage'];
const PARTS = ['pages.css', 'ask.js', 'checkout.js', 'done.js', 'manage.js'];

describe('the buyer’s pages', () => {
  test.each([...PAGES, ...PARTS.map((name) => `/checkout/parts/${name}`)])(
    '%s loads only its own parts and can’t be framed',
    async (path) => {
      const { status, headers } = await billed.browser().get(path);
      expect(status).toBe(200);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  test.each(PAGES)(
    '%s has no inline script or style, declares its language, labels every field, and shows the sandbox banner',
    async (path) => {
      const { text } = await billed.browser().get(path);
      expect(text).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|javascript:/i);
      expect(text).toMatch(/<html lang="en">/);
      expect(text).toContain('Local sandbox, not Stripe');
      for (const [, id] of text.matchAll(/<input id="([^"]+)"/g)) expect(text).toContain(`for="${id}"`);
      for (const [, part] of text.matchAll(/(?:src|href)="(\/checkout\/parts\/[^"]+)"/g)) {
        expect((await billed.browser().get(part ?? '')).status).toBe(200);
      }
    },
  );

  test('do not ask for a key when keys do not open the portal', async () => {
    const off = await billedApp({ portalByKey: false, jobs: false });
    const { text } = await off.browser().get('/checkout/manage');
    expect(text).not.toMatch(/id="key"|id="email"|works here, too/);
    expect(text).toContain('id="here"');
    expect((await billed.browser().get('/checkout/manage')).text).toContain('id="key"');
    await off.close();
  });

  test('have no banner outside the sandbox', async () => {
    const real = await billedApp({ mode: 'test', jobs: false });
    expect((await real.browser().get('/checkout')).text).not.toMatch(/class="banner"/);
    await real.close();
  });

  test('return an HTML page to browsers and a problem to other clients for an unknown path', async () => {
    const shown = await billed.browser().get('/checkout/don', { accept: 'text/html,*/*' });
    expect([shown.status, shown.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(shown.headers['content-security-policy']).toContain("default-src 'none'");
    expect(shown.text).toContain('Page not found');
    expect(shown.text).not.toMatch(/<!--|\{\{/);
    for (const accept of ['application/json', '*/*']) {
      expect((await billed.browser().get('/checkout/don', { accept })).headers['content-type']).toContain('problem+json');
    }
  });

  test('redirect /checkout/ to /checkout with its query', async () => {
    const { status, headers } = await billed.browser().get('/checkout/?plan=pro');
    expect([status, headers.location]).toEqual([301, '/checkout?plan=pro']);
  });

  test('show browsers that no plans are available when billing is off', async () => {
    const off = await billedApp({ off: true });
    for (const path of [...PAGES, '/checkout/other']) {
      const { status, text } = await off.browser().get(path, { accept: 'text/html' });
      expect([path, status]).toEqual([path, 404]);
      expect(text).toContain('No plans available');
    }
    expect((await off.browser().get('/checkout/parts/pages.css')).status).toBe(200);
    expect((await off.browser().get('/checkout')).body).toMatchObject({ code: 'BILLING_OFF' });
    await off.close();
  });

  test('serve no other files', async () => {
    for (const name of ['done.html', '..%2fpages.ts', '%2e%2e%2fpages.ts', 'nothing.js', '__proto__']) {
      expect((await billed.browser().get(`/checkout/parts/${name}`)).status).toBe(404);
    }
  });

  test('redirect once to the public address from another host', async () => {
    const get = (path: string, host: string) => billed.browser().get(path, { host });
    const { status, headers } = await get('/checkout/done?session_id=cs_1', 'localhost:1');
    expect([status, headers.location]).toEqual([302, `${billed.url}/checkout/done?session_id=cs_1&at=public`]);
    expect((await get('/checkout/done?session_id=cs_1&at=public', 'inner:1')).status).toBe(200);
  });

  test('keep keys out of URLs, storage and history', async () => {
    for (const name of ['done.js', 'manage.js', 'ask.js']) {
      const { text } = await billed.browser().get(`/checkout/parts/${name}`);
      expect(text).not.toMatch(/localStorage|sessionStorage|indexedDB|document\.cookie|pushState|replaceState|innerHTML|console\./);
    }
  });
});
