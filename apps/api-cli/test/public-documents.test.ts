import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aProduct, type TestProduct } from './support/product.ts';

const LIMIT = 40;
let product: TestProduct;
let consoleDir: string;
let addresses = 0;

beforeAll(async () => {
  consoleDir = mkdtempSync(join(tmpdir(), 'console-'));
  mkdirSync(join(consoleDir, 'assets'));
  writeFileSync(join(consoleDir, 'index.html'), '<!doctype html><title>console</title>');
  writeFileSync(join(consoleDir, 'assets/index-abc.js'), '// console');
  const env = {
    BILLING: 'sandbox',
    PUBLIC_URL: 'http://127.0.0.1:8080',
    TRUSTED_PROXY_HOPS: '1',
    DOCUMENT_CALLS_PER_MINUTE: String(LIMIT),
  };
  product = await aProduct(env, undefined, consoleDir);
});
afterAll(async () => {
  await product.stop();
  rmSync(consoleDir, { recursive: true, force: true });
});

/** Requests a path from a new address, so that tests don't share a limit. */
const get = (path: string, headers: Record<string, string> = {}, from = `10.0.0.${++addresses}`) =>
  product.request('GET', path, { headers: { 'x-forwarded-for': from, ...headers } });

const DOCUMENTS = [
  '/openapi.json',
  '/openapi.yaml',
  '/docs/',
  '/docs/openapi.json',
  '/docs/operator/',
  '/docs/operator/openapi.json',
  '/docs/js/scalar.js',
  '/docs/errors',
  '/docs/errors/RATE_LIMITED',
];

describe('a public document', () => {
  test.each(DOCUMENTS)('%s has an ETag and returns 304 to a client that has it cached', async (path) => {
    const first = await get(path);
    const etag = first.headers.get('etag') ?? '';
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'public, no-cache']);
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    expect((await get(path)).headers.get('etag')).toBe(etag);
    for (const cached of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(path, { 'if-none-match': cached });
      expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  test('with the OpenAPI contract has the same content in JSON and YAML', async () => {
    const { parse } = await import('yaml');
    const [json, yaml] = [await get('/openapi.json'), await get('/openapi.yaml')];
    expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(yaml.headers.get('content-type')).toBe('application/yaml; charset=utf-8');
    expect(parse(yaml.body)).toEqual(json.body);
  });

  test.each([
    ['/docs', '/docs/', '/docs/openapi.json', ['/api/admin/keys/me', '/api/v1/actions'], ['/api/admin/keys', '/_api/livez']],
    ['/docs/operator', '/docs/operator/', '/docs/operator/openapi.json', ['/api/admin/keys', '/_api/livez'], ['/api/v1/actions']],
  ])('at %s redirects to %s, the reference for its audience', async (from, to, document, shown, hidden) => {
    const redirect = await fetch(`${product.address}${from}`, { redirect: 'manual' });
    expect([redirect.status, redirect.headers.get('location')]).toEqual([302, to]);
    const html = await get(to);
    expect(html.headers.get('content-security-policy')).toMatch(/script-src 'self' 'sha256-[\w+/=]{44}';/);
    expect(html.body).toContain(`"url":"${document}"`);
    const paths = Object.keys((await get(document)).body.paths);
    expect(paths).toEqual(expect.arrayContaining(shown));
    for (const path of hidden) expect(paths).not.toContain(path);
  });

  test('shares one limit per address with all others, the console and the buyer pages', async () => {
    const paths = [
      ...DOCUMENTS,
      '/',
      '/some/page',
      '/assets/index-abc.js',
      '/checkout?at=public',
      '/checkout/parts/pages.css',
      '/api/v1/actions',
    ];
    const from = '10.9.9.9';
    const statuses: number[] = [];
    for (let i = 0; i < LIMIT; i++) statuses.push((await get(paths[i % paths.length] as string, { accept: 'text/html' }, from)).status);
    expect(statuses).not.toContain(429);
    for (const path of paths) {
      const { status, body, headers } = await get(path, { accept: 'text/html' }, from);
      expect([path, status, body.error.details]).toEqual([path, 429, { policy: 'address', limit: LIMIT, retryAfter: expect.any(Number) }]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect((await get(path, { accept: 'text/html' })).status).not.toBe(429);
    }
    expect((await get('/_api/livez', {}, from)).status).toBe(200);
  });
});

describe('a body without a credential', () => {
  const post = (path: string, bytes: number) =>
    product.request('POST', path, {
      headers: { 'x-forwarded-for': `10.0.1.${++addresses}`, 'content-type': 'application/json' },
      text: JSON.stringify({ text: 'x'.repeat(bytes - '{"text":""}'.length) }),
    });

  test('is accepted at hello/echo up to 16 KiB, and gets 413 above', async () => {
    expect((await post('/api/v1/hello/echo', 16_384)).status).toBe(200);
    const { status, body } = await post('/api/v1/hello/echo', 16_385);
    expect([status, body.code, body.detail]).toEqual([413, 'PAYLOAD_TOO_LARGE', expect.stringContaining('16384 bytes')]);
    const operation = (await get('/openapi.json')).body.paths['/api/v1/hello/echo'].post;
    expect(operation.responses['413'].description).toBe('The body is larger than 16 KiB');
  });

  test.each(['/api/admin/session', '/api/billing/checkout', '/api/billing/claim', '/api/billing/portal'])(
    'may have at most 16 KiB at %s',
    async (path) => {
      expect((await post(path, 16_385)).body.code).toBe('PAYLOAD_TOO_LARGE');
    },
  );

  test('gets 404 at an unknown path regardless of its length', async () => {
    expect((await post('/no/such/path', 100_000)).body.code).toBe('NOT_FOUND');
    expect((await post('/openapi.yaml', 100_000)).body.code).toBe('METHOD_NOT_ALLOWED');
  });

  test('has a lower limit than one from an operator, who can send a plan with a thousand APIs', async () => {
    const apis = Array.from({ length: 1_000 }, (_, index) => `an-api-with-a-long-name-${index}`);
    const plan = { id: 'large', name: 'Large', quota: { limit: 1, period: 'month' }, rate: { limit: 1, windowSeconds: 60 }, apis };
    expect((await product.admin('POST', '/plans', plan)).status).toBe(201);
  });
});
