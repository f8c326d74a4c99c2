import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aProduct, type TestProduct } from './support/product.ts';

const INDEX = '<!doctype html><title>the console</title>';
const SCRIPT = `export const long = '${'x'.repeat(2_000)}';`;
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

/** The output of Vite, and files that must not be served. */
function build(): { root: string; dir: string } {
  const root = mkdtempSync(join(tmpdir(), 'api-factory-console-'));
  const dir = join(root, 'dist');
  mkdirSync(join(dir, 'assets'), { recursive: true });
  mkdirSync(join(dir, '.vite'));
  const files: Record<string, string | Buffer> = {
    'index.html': INDEX,
    'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '.vite/manifest.json': '{"secret":1}',
    'assets/.hidden.js': 'secret',
    'assets/app-abc.js': SCRIPT,
    'assets/app-abc.js.br': brotliCompressSync(SCRIPT),
    'assets/app-abc.js.gz': gzipSync(SCRIPT),
    'assets/app-abc.css': 'a{}',
    '../secret.txt': 'secret',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return { root, dir };
}

interface Raw {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const built = build();
let t: TestProduct;
beforeAll(async () => {
  t = await aProduct({}, undefined, built.dir);
});
afterAll(async () => {
  await t.stop();
  rmSync(built.root, { recursive: true });
});

/** Sends the path unchanged: `fetch` would normalize it, and decompress the body. */
const send = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(t.address);
    const sent = request({ hostname, port, path, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject).end();
  });

describe('a page', () => {
  test.each(['/', '/?range=1h', '/keys', '/keys/key_1?tab=usage', '/billing/inbox', '/apis', '/index.html'])(
    '%s serves the console to a browser',
    async (path) => {
      const page = await send(path, BROWSER);
      expect(page).toMatchObject({
        status: 200,
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': POLICY,
          'cache-control': 'no-cache',
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cross-origin-opener-policy': 'same-origin',
          'x-frame-options': 'DENY',
          vary: 'accept, accept-encoding',
        },
      });
      expect(page.headers['permissions-policy']).toContain('camera=()');
      expect(page.headers['x-request-id']).toBeTypeOf('string');
      expect(page.body.toString()).toBe(INDEX);
    },
  );

  test.each(['/', '/keys'])('%s responds to HEAD without a body', async (path) => {
    const page = await send(path, BROWSER, 'HEAD');
    expect(page).toMatchObject({ status: 200, headers: { 'content-security-policy': POLICY } });
    expect([Number(page.headers['content-length']), page.body.length]).toEqual([INDEX.length, 0]);
  });

  test('returns 304 to a browser that has it cached', async () => {
    const { etag } = (await send('/keys', BROWSER)).headers;
    const again = await send('/keys', { ...BROWSER, 'if-none-match': String(etag) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  test('is served only to browsers: a program gets a 404 problem', async () => {
    for (const accept of ['application/json', '*/*', '']) {
      const answer = await send('/keys', { accept });
      expect(answer, accept).toMatchObject({
        status: 404,
        headers: { 'content-type': 'application/problem+json; charset=utf-8', vary: 'accept' },
      });
    }
    expect((await send('/keys', BROWSER, 'POST')).status).toBe(404);
  });

  test.each([
    ['/api/admin/nowhere', 401],
    ['/assets/', 404],
    ['/assets/nowhere.js', 404],
  ])('%s is not in the console: a browser gets %i as a problem', async (path, status) => {
    const answer = await send(path, BROWSER);
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json; charset=utf-8' } });
    expect(answer.headers['content-security-policy']).not.toBe(POLICY);
  });

  test.each([
    '/api',
    '/api/v1/nowhere',
    '/api/v1/actions/',
    '/_api/nowhere',
    '/docs/errors/NOWHERE',
    '/docs/nowhere',
    '/openapi.xml',
    '/marketplace',
    '/assets',
  ])('%s is not in the console: a browser gets the 404 page, a program a problem', async (path) => {
    const page = await send(path, BROWSER);
    expect(page).toMatchObject({
      status: 404,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': expect.stringMatching(/^default-src 'none'; style-src 'unsafe-inline';/),
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        vary: 'accept',
      },
    });
    const html = page.body.toString();
    expect(html).toContain('<h1>Page not found</h1>');
    expect(html).toContain('<a href="/docs/">');
    expect(html).not.toContain(path);
    const head = await send(path, BROWSER, 'HEAD');
    expect([head.status, Number(head.headers['content-length']), head.body.length]).toEqual([404, page.body.length, 0]);
    for (const answer of [await send(path), await send(path, BROWSER, 'POST')]) {
      expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    }
  });

  test('does not replace another route, any of its methods, or a buyer page', async () => {
    expect((await send('/docs/errors', BROWSER)).body.toString()).toContain('Error codes');
    expect((await send('/_api/livez', BROWSER)).headers['content-type']).toContain('json');
    expect(await send('/_api/livez', BROWSER, 'DELETE')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await send('/', BROWSER, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect((await send('/checkout/nowhere', BROWSER)).body.toString()).not.toContain('the console');
  });
});

describe('a file', () => {
  test('under assets is cached as immutable', async () => {
    for (const [path, type] of [
      ['/assets/app-abc.js', 'application/javascript; charset=utf-8'],
      ['/assets/app-abc.css', 'text/css; charset=utf-8'],
    ] as const) {
      expect(await send(path), path).toMatchObject({
        status: 200,
        headers: {
          'content-type': type,
          'cache-control': 'public, max-age=31536000, immutable',
          'x-content-type-options': 'nosniff',
          vary: 'accept-encoding',
        },
      });
    }
  });

  test.each([
    ['br, gzip', 'br', brotliCompressSync(SCRIPT)],
    ['gzip, deflate', 'gzip', gzipSync(SCRIPT)],
    ['deflate', undefined, Buffer.from(SCRIPT)],
    ['identity', undefined, Buffer.from(SCRIPT)],
  ])('is sent to a browser that accepts %j with encoding %s', async (accepted, encoding, bytes) => {
    const file = await send('/assets/app-abc.js', { 'accept-encoding': accepted });
    expect(file.headers).toMatchObject({ 'content-type': 'application/javascript; charset=utf-8', 'content-length': String(bytes.length) });
    expect(file.headers['content-encoding']).toBe(encoding);
    expect(file.body.equals(bytes)).toBe(true);
  });

  test('without a compressed copy is sent uncompressed', async () => {
    const file = await send('/assets/app-abc.css', { 'accept-encoding': 'br, gzip' });
    expect([file.headers['content-encoding'], file.body.toString()]).toEqual([undefined, 'a{}']);
  });

  test('next to index.html is revalidated on each request', async () => {
    expect(await send('/favicon.svg')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'image/svg+xml', 'cache-control': 'no-cache' },
    });
  });

  test.each([
    '/assets/../index.html',
    '/assets/%2e%2e/index.html',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/assets/app-abc.js/../../index.html',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets/....//secret.txt',
    '/assets/%00',
    '/assets/%',
    '/assets/%c0%ae%c0%ae/index.html',
    '/assets//etc/passwd',
    '/assets/.hidden.js',
    '/assets/../.vite/manifest.json',
    '/.vite/manifest.json',
    '//secret.txt',
    '/%2e%2e/secret.txt',
  ])('is not served at %s', async (path) => {
    const answer = await send(path);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body.toString()).not.toContain('secret"');
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });
});
