import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../config.ts';

const TEST_KEY = 'sk_test_0123456789';
const LIVE_KEY = 'sk_live_0123456789';
const SECRET = 'whsec_0123456789';

const billing = (env: NodeJS.ProcessEnv) => loadConfig(env).billing;

function wrongNames(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.wrong.map(({ name }) => name);
    throw error;
  }
  return [];
}

describe('without BILLING', () => {
  test('the sandbox runs when only this machine can reach the product', () => {
    expect(billing({})).toEqual({ kind: 'sandbox' });
    for (const host of ['localhost', '::1', '127.0.0.5']) expect(billing({ BIND_HOST: host })).toEqual({ kind: 'sandbox' });
  });

  test.each([
    { BIND_HOST: '0.0.0.0' },
    { BIND_HOST: '192.168.1.2' },
    { BIND_HOST: '127.example.com' },
    { TRUSTED_PROXY_HOPS: '1' },
    { PUBLIC_URL: 'https://api.example.com' },
    { DATABASE_URL: 'postgres://localhost/x' },
  ])('billing is off with %j', (env) => {
    expect(billing(env)).toEqual({ kind: 'off', hint: null });
  });

  test('a Stripe key alone does not enable billing, and yields a hint', () => {
    expect(billing({ STRIPE_SECRET_KEY: TEST_KEY })).toEqual({ kind: 'off', hint: expect.stringContaining('BILLING=stripe') });
    expect(billing({ STRIPE_SECRET_KEY: TEST_KEY, BILLING: 'off' })).toEqual({ kind: 'off', hint: null });
  });
});

describe('BILLING=stripe', () => {
  const testMode = { BILLING: 'stripe', STRIPE_SECRET_KEY: TEST_KEY, STRIPE_WEBHOOK_SECRET: SECRET };
  const live = { ...testMode, STRIPE_SECRET_KEY: LIVE_KEY, PUBLIC_URL: 'https://api.example.com' };

  test('takes its mode from the key', () => {
    expect(billing(testMode)).toMatchObject({ kind: 'stripe', mode: 'test', webhookSecrets: [SECRET], apiBase: null });
    expect(billing(live)).toMatchObject({ mode: 'live' });
    expect(billing({ ...live, STRIPE_SECRET_KEY: 'rk_live_0123456789' })).toMatchObject({ mode: 'live' });
  });

  test('accepts several webhook secrets', () => {
    expect(billing({ ...testMode, STRIPE_WEBHOOK_SECRET: `${SECRET}, whsec_another01` })).toMatchObject({
      webhookSecrets: [SECRET, 'whsec_another01'],
    });
  });

  test('reports all missing variables at once', () => {
    expect(wrongNames({ BILLING: 'stripe', BIND_HOST: '0.0.0.0' })).toEqual(['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'PUBLIC_URL']);
  });

  test('reports missing and malformed variables together, each once', () => {
    const env = { BILLING: 'stripe', BIND_HOST: '0.0.0.0', PORT: 'x', STRIPE_SECRET_KEY: 'sk_test_short' };
    expect(wrongNames(env)).toEqual(['PORT', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'PUBLIC_URL']);
    expect(() => loadConfig(env)).toThrow(/STRIPE_SECRET_KEY was a value of 13 characters .* 8 or more/);
    const unreadable = { ...env, STRIPE_SECRET_KEY: undefined, STRIPE_SECRET_KEY_FILE: '/nowhere' };
    expect(wrongNames(unreadable)).toEqual(['STRIPE_SECRET_KEY_FILE', 'PORT', 'STRIPE_WEBHOOK_SECRET', 'PUBLIC_URL']);
  });

  test('requires PUBLIC_URL with a live key, even when only this machine can reach the product', () => {
    expect(wrongNames({ ...live, PUBLIC_URL: undefined })).toEqual(['PUBLIC_URL']);
    expect(wrongNames(testMode)).toEqual([]);
  });

  test('rejects STRIPE_API_BASE with a live key, which is only sent to Stripe', () => {
    expect(wrongNames({ ...testMode, STRIPE_SECRET_KEY: LIVE_KEY, STRIPE_API_BASE: 'http://127.0.0.1:1' })).toEqual(['STRIPE_API_BASE']);
    expect(billing({ ...testMode, STRIPE_API_BASE: 'http://127.0.0.1:1/' })).toMatchObject({ apiBase: 'http://127.0.0.1:1' });
  });

  test('never shows a secret in an error', () => {
    expect(() => loadConfig({ ...testMode, STRIPE_SECRET_KEY: 'pk_test_not-to-be-seen' })).toThrow(/^(?!.*not-to-be-seen)/s);
  });
});

describe('BILLING=sandbox', () => {
  test.each([
    [{ BIND_HOST: '0.0.0.0' }, 'BIND_HOST'],
    [{ TRUSTED_PROXY_HOPS: '1' }, 'TRUSTED_PROXY_HOPS'],
    [{ PUBLIC_URL: 'https://api.example.com' }, 'PUBLIC_URL'],
    [{ STRIPE_SECRET_KEY: LIVE_KEY }, 'STRIPE_SECRET_KEY'],
  ])('is rejected with %j, because keys would be free', (env, name) => {
    expect(wrongNames({ BILLING: 'sandbox', ...env })).toEqual([name]);
  });

  test('runs in a container behind a proxy when PUBLIC_URL is a loopback address', () => {
    const env = { BILLING: 'sandbox', BIND_HOST: '0.0.0.0', TRUSTED_PROXY_HOPS: '1' };
    expect(billing({ ...env, PUBLIC_URL: 'http://127.0.0.1:8080' })).toEqual({ kind: 'sandbox' });
    expect(wrongNames({ ...env, PUBLIC_URL: 'https://api.example.com' })).toEqual(['BIND_HOST', 'TRUSTED_PROXY_HOPS', 'PUBLIC_URL']);
    expect(wrongNames({ ...env, PUBLIC_URL: 'http://localhost:8080', STRIPE_SECRET_KEY: LIVE_KEY })).toEqual(['STRIPE_SECRET_KEY']);
  });

  test('works with DATABASE_URL and a loopback PUBLIC_URL', () => {
    expect(billing({ BILLING: 'sandbox', DATABASE_URL: 'postgres://localhost/x', PUBLIC_URL: 'http://localhost:8787' })).toEqual({
      kind: 'sandbox',
    });
  });
});

test('every billing variable can be read from a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'billing-config-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), `${text}\n`);
    return join(directory, name);
  };
  const config = loadConfig({
    BILLING: 'stripe',
    STRIPE_SECRET_KEY_FILE: file('key', TEST_KEY),
    STRIPE_WEBHOOK_SECRET_FILE: file('secret', SECRET),
    STRIPE_API_BASE_FILE: file('base', 'http://127.0.0.1:9'),
    GRACE_DAYS_FILE: file('grace', '3'),
  });
  rmSync(directory, { recursive: true });
  expect(config).toMatchObject({
    graceDays: 3,
    billing: { secretKey: TEST_KEY, webhookSecrets: [SECRET], apiBase: 'http://127.0.0.1:9' },
  });
});
