import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_KEY } from './support/api.ts';
import { aProduct, type TestProduct } from './support/product.ts';

let t: TestProduct;
/** Headers of an https proxy, so that no request counts as local. */
const PROXY = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' };
beforeAll(async () => {
  t = await aProduct({ TRUSTED_PROXY_HOPS: '1', FAILED_CREDENTIALS_PER_MINUTE: '3', LOG_LEVEL: 'trace' });
});
afterAll(() => t.stop());

async function signIn(headers: Record<string, string> = {}) {
  const reply = await t.request('POST', '/api/admin/session', { headers, body: { key: ADMIN_KEY } });
  const setCookie = reply.headers.get('set-cookie') ?? '';
  return { reply, setCookie, cookie: setCookie.split(';', 1)[0] ?? '', csrf: reply.body.data?.csrfToken as string };
}

test('a session has the permissions of the operator key, including metrics, but can’t make calls that need an API key', async () => {
  const { cookie, csrf } = await signIn();
  const status = async (method: string, path: string, headers: Record<string, string> = {}) =>
    (await t.request(method, path, { headers: { ...PROXY, cookie, ...headers }, ...(method === 'GET' ? {} : { body: {} }) })).status;
  expect(await status('GET', '/_api/metrics')).toBe(200);
  expect(await status('GET', '/api/admin/metrics')).toBe(200);
  expect(await status('GET', '/api/admin/overview')).toBe(200);
  expect(await status('POST', '/api/admin/billing/sync')).toBe(403);
  expect(await status('POST', '/api/v1/actions', { 'x-csrf-token': csrf })).toBe(401);
  expect(await status('GET', '/api/admin/keys/me')).toBe(401);
  expect(await status('POST', '/api/stripe/webhook', { 'x-csrf-token': csrf })).not.toBe(200);
  expect((await t.request('GET', '/_api/metrics', { headers: PROXY })).status).toBe(401);
});

test('an ended session is refused immediately, also for metrics', async () => {
  const { cookie, csrf } = await signIn();
  const metrics = async () => (await t.request('GET', '/api/admin/metrics', { headers: { cookie } })).status;
  expect(await metrics()).toBe(200);
  await t.request('DELETE', '/api/admin/session', { headers: { cookie, 'x-csrf-token': csrf } });
  expect(await metrics()).toBe(401);
});

test('the session cookie is Secure when the browser uses https', async () => {
  expect((await signIn(PROXY)).setCookie).toMatch(/; Secure$/);
  expect((await signIn()).setCookie).not.toMatch(/Secure/);
});

test.each([
  ['application/x-www-form-urlencoded', `key=${ADMIN_KEY}`],
  ['multipart/form-data; boundary=x', `--x\r\ncontent-disposition: form-data; name="key"\r\n\r\n${ADMIN_KEY}\r\n--x--\r\n`],
  ['text/plain', JSON.stringify({ key: ADMIN_KEY })],
])('a sign-in with a content type that a form can send is rejected: %s', async (type, text) => {
  const reply = await t.request('POST', '/api/admin/session', { headers: { 'content-type': type }, text });
  expect(reply).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
  expect(reply.headers.get('set-cookie')).toBeNull();
});

test('repeated wrong keys from one address are rate-limited, and other addresses can still sign in', async () => {
  const from = (address: string, key: string) =>
    t.request('POST', '/api/admin/session', { headers: { 'x-forwarded-for': address }, body: { key } });
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 5; attempt++) statuses.push((await from('198.51.100.7', 'wrong')).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  expect((await from('198.51.100.8', 'wrong')).status).toBe(401);
  expect((await from('198.51.100.7', ADMIN_KEY)).status).toBe(201);
});

test('no secret of a session is in the log, in other responses or in the metrics', async () => {
  const { cookie, csrf } = await signIn();
  const token = cookie.slice('af_session='.length);
  const wrongKey = `${ADMIN_KEY}-mistyped`;
  const seen = [
    await t.request('POST', '/api/admin/session', { headers: { 'x-forwarded-for': '198.51.100.9' }, body: { key: wrongKey } }),
    await t.request('POST', '/api/admin/session', { headers: { 'x-forwarded-for': '198.51.100.9' }, body: { key: wrongKey, more: 1 } }),
    await t.request('POST', '/api/admin/plans', { headers: { cookie, 'x-csrf-token': csrf }, body: {} }),
    await t.request('POST', '/api/admin/plans', { headers: { cookie }, body: {} }),
    await t.admin('GET', '/audit'),
    await t.admin('GET', '/metrics'),
  ];
  const text = JSON.stringify(seen.map(({ body, headers }) => [body, ...headers])) + t.log();
  for (const secret of [token, token.slice(11, 40), csrf, ADMIN_KEY, wrongKey]) expect(text.includes(secret)).toBe(false);
});

test('without a built console the start page explains how to build it, and deep links return 404', async () => {
  const headers = { accept: 'text/html' };
  const first = await t.request('GET', '/', { headers });
  expect(first.body).toContain('The console is not built. <code>npm start</code> builds it.');
  expect(first.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect((await t.request('GET', '/keys', { headers })).status).toBe(404);
  expect((await t.request('GET', '/assets/app.js', { headers })).status).toBe(404);
});
