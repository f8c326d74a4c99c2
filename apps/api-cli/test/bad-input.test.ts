import { CODES } from '@api-factory/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, type Answer } from './support/api.ts';
import { aProduct, type TestProduct } from './support/product.ts';
import { sendRaw } from './support/raw-http.ts';

let t: TestProduct;
let key: string;
let entitlementId: string;
beforeAll(async () => {
  t = await aProduct({ FAILED_CREDENTIALS_PER_MINUTE: '1000', HELLO_CALLS_PER_MINUTE: '5' });
  ({ key, entitlementId } = await t.issue({ quota: 50 }));
});
afterAll(() => t.stop());

/** Checks that every field of the problem (RFC 9457 and the envelope) matches the code. */
function expectProblem({ status, headers, body }: Answer, code: keyof typeof CODES): void {
  expect(body).toMatchObject({ code, success: false, data: null, error: { code, message: CODES[code].title } });
  expect([status, body.status, body.title, body.type]).toEqual([
    CODES[code].status,
    CODES[code].status,
    CODES[code].title,
    `/docs/errors/${code}`,
  ]);
  expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(body.meta.requestId).toBe(headers.get('x-request-id'));
  expect(body.detail.length).toBeGreaterThan(5);
}

const auth = () => ({ authorization: `Bearer ${key}` });
const post = (text: string, headers: Record<string, string> = auth()) => t.request('POST', '/api/v1/actions', { headers, text });

describe('an invalid call', () => {
  it.each([
    ['malformed JSON', '{"action"', 'MALFORMED_JSON'],
    ['a __proto__ property', '{"action":"echo","payload":{"__proto__":{"x":1}}}', 'MALFORMED_JSON'],
    ['an array as body', '[]', 'VALIDATION_FAILED'],
    ['an action that is a number', '{"action":1,"payload":{}}', 'VALIDATION_FAILED'],
    ['an unknown action', '{"action":"mine_bitcoin","payload":{}}', 'UNKNOWN_ACTION'],
    ['an action named like a property', '{"action":"constructor","payload":{}}', 'UNKNOWN_ACTION'],
    ['a payload of the wrong type', '{"action":"text_stats","payload":{"text":5}}', 'VALIDATION_FAILED'],
    ['a CSV with a broken quote', '{"action":"csv_to_json","payload":{"csv":"a,b\\n\\"1,2"}}', 'VALIDATION_FAILED'],
    ['a CSV with a missing column', '{"action":"csv_to_json","payload":{"csv":"a,b\\n1"}}', 'VALIDATION_FAILED'],
    ['an empty QR text', '{"action":"qr_code","payload":{"text":""}}', 'VALIDATION_FAILED'],
    [
      'a QR text that is too long',
      JSON.stringify({ action: 'qr_code', payload: { text: 'x'.repeat(2_000), errorCorrection: 'H' } }),
      'VALIDATION_FAILED',
    ],
  ] as const)('with %s gets its error code', async (_case, text, code) => {
    expectProblem(await post(text), code);
  });

  it('with 1.1 MB, another media type, two credentials, a changed key or no key gets its error code', async () => {
    expectProblem(await post(`{"action":"echo","payload":{"x":"${'x'.repeat(1_100_000)}"}}`), 'PAYLOAD_TOO_LARGE');
    expectProblem(await post('a=1', { ...auth(), 'content-type': 'application/x-www-form-urlencoded' }), 'UNSUPPORTED_MEDIA_TYPE');
    expectProblem(await post('{}', { ...auth(), 'x-api-key': 'af_live_other' }), 'CREDENTIAL_CONFLICT');
    const changed = key.slice(0, 20) + (key[20] === 'a' ? 'b' : 'a') + key.slice(21);
    expectProblem(await post('{}', { 'x-api-key': changed }), 'INVALID_KEY');
    expectProblem(await post('{}', {}), 'UNAUTHORIZED');
  });

  it('uses no quota', async () => {
    expect((await t.call(key)).status).toBe(200);
    expect(await t.accountOf(entitlementId)).toMatchObject({ settled: 1, units: 1 });
  });
});

it('a CSV of 1 MB is converted row by row', async () => {
  const csv = `name,value\n${'abcdefgh,12345678\n'.repeat(52_000)}`;
  const { status, body } = await t.call(key, 'csv_to_json', { csv });
  expect([status, body.data.length, body.data[51_999]]).toEqual([200, 52_000, { name: 'abcdefgh', value: '12345678' }]);
});

describe('a problem response', () => {
  it('is returned for an unknown path, a disallowed method and a malformed path', async () => {
    expectProblem(await t.request('GET', '/nope?secret=1'), 'NOT_FOUND');
    const disallowed = await t.request('DELETE', '/api/v1/actions');
    expectProblem(disallowed, 'METHOD_NOT_ALLOWED');
    expect(disallowed.headers.get('allow')).toBe('GET, HEAD, POST');
    expectProblem(await t.request('GET', '/%E0%A4%A'), 'BAD_REQUEST');
  });

  it('is returned for a call over the rate limit, with the time to wait', async () => {
    let last: Answer | undefined;
    for (let i = 0; i < 6; i++) last = await t.request('GET', '/api/v1/hello/ping');
    expectProblem(last as Answer, 'RATE_LIMITED');
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is returned for operator calls without a key, with an API key, with an unknown id or invalid fields', async () => {
    expectProblem(await t.request('GET', '/api/admin/keys'), 'UNAUTHORIZED');
    expectProblem(await t.request('GET', '/api/admin/keys', { headers: auth() }), 'INVALID_KEY');
    expectProblem(await t.admin('GET', '/keys/key_nope'), 'NOT_FOUND');
    expectProblem(await t.admin('GET', '/nope'), 'NOT_FOUND');
    expectProblem(await t.admin('POST', '/keys', { name: 'x', plan: 'nope' }), 'VALIDATION_FAILED');
    expectProblem(
      await t.admin('POST', '/plans', {
        id: 'starter',
        name: 'again',
        quota: { limit: 1, period: 'month' },
        rate: { limit: 1, windowSeconds: 60 },
      }),
      'PLAN_EXISTS',
    );
    const negative = await t.admin('POST', '/plans', {
      id: 'neg',
      name: 'neg',
      quota: { limit: -1, period: 'month' },
      rate: { limit: 1, windowSeconds: 60 },
    });
    expectProblem(negative, 'VALIDATION_FAILED');
    expect(negative.body.errors[0].pointer).toBe('#/quota/limit');
    expectProblem(
      await t.request('POST', '/api/admin/plans', { headers: { authorization: `Bearer ${ADMIN_KEY}` }, text: '{' }),
      'MALFORMED_JSON',
    );
  });

  it('has status 431 for headers of 16 kB or more, and 400 for a request line that is not HTTP', async () => {
    expect(await sendRaw(t.address, `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(16_400)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 [\s\S]*"code":"HEADERS_TOO_LARGE"/,
    );
    expect(await sendRaw(t.address, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"BAD_REQUEST"/);
  });

  it('has a documentation page for every error code', async () => {
    for (const code of Object.keys(CODES)) {
      const { status, body } = await t.request('GET', `/docs/errors/${code}`);
      expect([status, body.includes(code)]).toEqual([200, true]);
    }
    expectProblem(await t.request('GET', '/docs/errors/NOPE'), 'NOT_FOUND');
  });
});
