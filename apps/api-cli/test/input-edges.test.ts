import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, type Answer } from './support/api.ts';
import { aProduct, type TestProduct } from './support/product.ts';
import { sendRaw } from './support/raw-http.ts';

let t: TestProduct;
beforeAll(async () => {
  t = await aProduct({ BILLING: 'sandbox' });
});
afterAll(() => t.stop());

const OPERATOR = { authorization: `Bearer ${ADMIN_KEY}` };
/** Sends a body unchanged; it may be invalid UTF-8. */
const send = async (
  method: string,
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = OPERATOR,
): Promise<Answer> => {
  const answer = await fetch(t.address + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : new Blob([body as Uint8Array<ArrayBuffer>]).stream(),
    ...(typeof body === 'string' ? {} : { duplex: 'half' }),
  } as RequestInit);
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
};

/** Every write operation, with a body in which `TEXT` is replaced. */
const WRITES: [method: string, path: string, body: string, pointer: string][] = [
  ['POST', '/api/admin/consumers', '{"name":"TEXT"}', '#/name'],
  ['PATCH', '/api/admin/consumers/consumer_x', '{"name":"TEXT"}', '#/name'],
  ['POST', '/api/admin/keys', '{"name":"TEXT","plan":"starter"}', '#/name'],
  ['PATCH', '/api/admin/keys/key_x', '{"name":"TEXT"}', '#/name'],
  ['POST', '/api/admin/keys/key_x/rotate', '{"TEXT":1}', '#'],
  ['POST', '/api/admin/operator-keys', '{"name":"TEXT"}', '#/name'],
  ['POST', '/api/admin/plans', '{"id":"p","name":"TEXT"}', '#/name'],
  ['PUT', '/api/admin/plans/starter', '{"name":"TEXT"}', '#/name'],
  ['POST', '/api/admin/session', '{"key":"TEXT"}', '#/key'],
  ['POST', '/api/billing/checkout', '{"plan":"TEXT"}', '#/plan'],
  ['POST', '/api/billing/claim', '{"sessionId":"TEXT"}', '#/sessionId'],
  ['POST', '/api/v1/hello/echo', '{"a":["TEXT"]}', '#/a/0'],
];

describe('text that can’t be stored as sent', () => {
  it.each(WRITES)('is rejected by %s %s', async (method, path, body, pointer) => {
    const surrogate = await send(method, path, body.replace('TEXT', 'a\\ud800'));
    expect([surrogate.status, surrogate.body.code, surrogate.body.errors[0].pointer]).toEqual([400, 'VALIDATION_FAILED', pointer]);
    const [before, after] = body.split('TEXT');
    const bytes = await send(method, path, Buffer.concat([Buffer.from(before!), Buffer.from([0x61, 0xff]), Buffer.from(after!)]));
    expect([bytes.status, bytes.body.code]).toEqual([400, 'BAD_REQUEST']);
  });

  it('is rejected by every operation in the contract that has a body', async () => {
    const { paths } = (await t.request('GET', '/openapi.json')).body as { paths: Record<string, Record<string, { requestBody?: object }>> };
    const { key } = await t.issue();
    const checked: string[] = [];
    for (const [template, operations] of Object.entries(paths)) {
      for (const [method, { requestBody }] of Object.entries(operations)) {
        if (requestBody === undefined) continue;
        const path = template.replaceAll(/\{\w+\}/g, 'x');
        const headers = path.startsWith('/api/v1') ? { authorization: `Bearer ${key}` } : OPERATOR;
        const bytes = await send(method.toUpperCase(), path, new Uint8Array([0x22, 0xff, 0x22]), headers);
        const surrogate = await send(method.toUpperCase(), path, '{"a":"\\udfff"}', headers);
        const number = await send(method.toUpperCase(), path, '{"a":[1e400]}', headers);
        expect([path, bytes.body.code, surrogate.body.errors?.[0].pointer, number.body.errors?.[0].pointer]).toEqual([
          path,
          'BAD_REQUEST',
          '#/a',
          '#/a/0',
        ]);
        checked.push(`${method} ${path}`);
      }
    }
    expect(checked.length).toBeGreaterThanOrEqual(12);
  });

  it('is rejected in a path and in a query', async () => {
    for (const path of [
      '/keys/%ff',
      '/keys/%ED%A0%80/limits',
      '/keys/key_%00',
      '/keys?search=%ff',
      '/consumers?cursor=%C3',
      '/audit?actor=%zz',
    ]) {
      const { status, body } = await t.admin('GET', path);
      expect([path, status, ['BAD_REQUEST', 'VALIDATION_FAILED'].includes(body.code)]).toEqual([path, 400, true]);
    }
    for (const path of ['/keys?search=%00', '/keys?plan=a%00', '/audit?actor=%00', '/usage/events?keyId=%00', '/consumers?search=%00'])
      expect([path, (await t.admin('GET', path)).status]).toEqual([path, 400]);
    const cursor = Buffer.from('[1,"\\ud800"]').toString('base64url');
    expect((await t.admin('GET', `/keys?cursor=${cursor}`)).body.code).toBe('VALIDATION_FAILED');
    expect(await sendRaw(t.address, 'GET /api/admin/keys?search=é HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    expect((await fetch(`${t.address}/checkout/%ff`)).status).toBe(400);
  });

  it('does not include real names, which are returned exactly as sent', async () => {
    for (const name of [
      'e\u0301',
      'é',
      '😀'.repeat(200),
      'a'.repeat(200),
      '\u202eעברית',
      'a\ufeffb',
      '\ufeffa',
      '\ufffd',
      '👩‍👩‍👧‍👦',
      'ﬁ ①',
      '"\\/<>&',
    ]) {
      const created = await t.admin('POST', '/consumers', { name });
      expect([created.status, created.body.data?.name]).toEqual([201, name]);
      expect((await t.admin('GET', `/consumers/${created.body.data.id}`)).body.data.name).toBe(name);
      const found = await t.admin('GET', `/consumers?search=${encodeURIComponent(name)}`);
      expect(found.body.data.map((consumer: { id: string }) => consumer.id)).toContain(created.body.data.id);
    }
    expect((await t.admin('POST', '/consumers', { name: '😀'.repeat(201) })).status).toBe(400);
  });
});

describe('an operation without a required body', () => {
  it('accepts a JSON content type without a body', async () => {
    const { id } = await t.issue();
    for (const [method, path, status] of [
      ['GET', '/plans', 200],
      ['POST', `/keys/${id}/suspend`, 200],
      ['POST', `/keys/${id}/resume`, 200],
      ['POST', `/keys/${id}/rotate`, 201],
      ['DELETE', '/session', 200],
      ['POST', '/billing/reconcile', 202],
    ] as const) {
      const answer = await fetch(`${t.address}/api/admin${path}`, { method, headers: { ...OPERATOR, 'content-type': 'application/json' } });
      expect([path, answer.status]).toEqual([path, status]);
    }
    const required = await fetch(`${t.address}/api/admin/consumers`, {
      method: 'POST',
      headers: { ...OPERATOR, 'content-type': 'application/json' },
    });
    expect([required.status, ((await required.json()) as { code: string }).code]).toEqual([400, 'MALFORMED_JSON']);
  });
});

describe('a time before 1970 or after 9999', () => {
  it.each(['9999-12-31T23:59:59-01:00', '1969-12-31T23:59:59Z', '0001-01-01T00:00:00Z'])(
    'is rejected by every operation with a time: %s',
    async (time) => {
      const { id } = await t.issue();
      const text = encodeURIComponent(time);
      for (const answer of [
        await t.admin('POST', '/keys', { name: 'x', plan: 'starter', expiresAt: time }),
        await t.admin('PATCH', `/keys/${id}`, { expiresAt: time }),
        await t.admin('GET', `/usage/events?from=${text}`),
        await t.admin('GET', `/usage/summary?to=${text}`),
        await t.admin('GET', `/audit?from=${text}`),
        await t.admin('GET', `/audit?to=${text}`),
      ])
        expect([answer.status, answer.body.code, answer.body.errors?.[0].detail]).toEqual([
          400,
          'VALIDATION_FAILED',
          'must be a time from 1970 to 9999, in UTC',
        ]);
    },
  );

  it('does not include the last millisecond of 9999, which is accepted', async () => {
    const expiresAt = '9999-12-31T23:59:59.999Z';
    const created = await t.admin('POST', '/keys', { name: 'x', plan: 'starter', expiresAt });
    expect([created.status, created.body.data.expiresAt]).toEqual([201, expiresAt]);
    expect((await t.admin('GET', `/keys/${created.body.data.id}`)).body.data.expiresAt).toBe(expiresAt);
  });
});
