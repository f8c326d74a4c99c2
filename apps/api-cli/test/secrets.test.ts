import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN_KEY, expectStatus } from './support/api.ts';
import { aProduct, type TestProduct } from './support/product.ts';
import { databaseText, filesText } from './support/stored-text.ts';

let t: TestProduct;
beforeAll(async () => {
  t = await aProduct({ LOG_LEVEL: 'trace', METRICS_TOKEN: 'metrics-token-0123456789' });
});
afterAll(() => t.stop());

it('the plaintext of a key is not in the database, files, log, metrics, error bodies or lists', async () => {
  const idempotency = { 'idempotency-key': 'planted-key-test' };
  const fields = { name: 'planted', plan: 'starter' };
  const created = await expectStatus(t.admin('POST', '/keys', fields, idempotency), 201);
  const replayed = await expectStatus(t.admin('POST', '/keys', fields, idempotency), 201);
  expect(replayed.body.data.key).toBe(created.body.data.key);
  const { id, key } = created.body.data;
  const rotated = (await expectStatus(t.admin('POST', `/keys/${id}/rotate`, { overlapSeconds: 3600 }), 201)).body.data.key;
  const seen: string[] = [];
  for (const secret of [key, rotated]) {
    await expectStatus(t.call(secret), 200);
    for (const answer of [
      await t.call(secret, 'nope'),
      await t.request('POST', '/api/v1/actions', { headers: { authorization: `Bearer ${secret}` }, text: '{' }),
      await t.request('GET', `/api/admin/keys?search=${secret}`, { headers: { authorization: `Bearer ${secret}` } }),
      await t.request('GET', `/nope?key=${secret}`),
      await t.request('GET', '/api/admin/keys/me', { headers: { 'x-api-key': secret } }),
      await t.admin('GET', `/keys?search=${secret}`),
      await t.admin('GET', '/keys'),
      await t.admin('GET', '/audit'),
      await t.admin('GET', '/usage/events'),
      await t.admin('GET', '/metrics'),
    ]) {
      seen.push(JSON.stringify([answer.body, ...answer.headers]));
    }
  }
  await t.shipped();
  const places = { responses: seen.join('\n'), database: await databaseText(t), files: filesText(t.dataDir), log: t.log() };
  expect(places.database).toContain(id);
  expect(places.files).toContain(id);
  expect(places.log.length).toBeGreaterThan(0);
  for (const [place, text] of Object.entries(places)) {
    for (const secret of [key, rotated, ADMIN_KEY, 'metrics-token-0123456789']) {
      expect(text.includes(secret), `${place} contains a secret`).toBe(false);
      // The prefix and the last four characters are shown elsewhere, the part between them never.
      expect(text.includes(secret.slice(12, -4)), `${place} contains the middle of a secret`).toBe(false);
    }
  }
});

it('metrics require a token behind a proxy, but not from this machine', async () => {
  const metrics = (headers: Record<string, string> = {}) => t.request('GET', '/_api/metrics', { headers }).then(({ status }) => status);
  expect(await metrics()).toBe(200);
  expect(await metrics({ 'x-forwarded-for': '127.0.0.1' })).toBe(401);
  expect(await metrics({ forwarded: 'for=127.0.0.1', authorization: 'Bearer wrong-wrong-wrong-wrong' })).toBe(401);
  expect(await metrics({ 'x-forwarded-for': '127.0.0.1', authorization: 'Bearer metrics-token-0123456789' })).toBe(200);
  expect(await metrics({ 'x-forwarded-for': '127.0.0.1', authorization: `Bearer ${ADMIN_KEY}` })).toBe(200);
  const open = await t.request('GET', '/_api/metrics', { headers: { accept: 'application/openmetrics-text' } });
  expect(open.headers.get('content-type')).toContain('application/openmetrics-text');
  expect(open.body).toMatch(/# EOF\n$/);
  expect(open.body).toMatch(/# TYPE api_factory_guard_verdicts counter\napi_factory_guard_verdicts_total\{code="ALLOW"\} \d+/);
  const token = await t.request('GET', '/api/admin/metrics', { headers: { authorization: 'Bearer metrics-token-0123456789' } });
  expect(token.status).toBe(401);
});
