import { afterEach, describe, expect, it } from 'vitest';
import { aGateway, type TestGateway } from '../testing/gateway.ts';
import { readEvents } from '../testing/spool.ts';

let gateway: TestGateway;
afterEach(() => gateway.close());

const JSON_TYPE = { 'content-type': 'application/json' };
const echo = (payload: string | Buffer, headers: Record<string, string> = JSON_TYPE) =>
  gateway.app.inject({ method: 'POST', url: '/api/v1/hello/echo', headers, payload });
const run = (payload: string | Buffer, headers: Record<string, string> = {}) =>
  gateway.app.inject({
    method: 'POST',
    url: '/api/v1/actions',
    headers: { ...JSON_TYPE, authorization: `Bearer ${gateway.key}`, ...headers },
    payload,
  });

describe('a body that is not UTF-8', () => {
  it.each([
    ['an invalid byte', [0xff]],
    ['a stray continuation byte', [0x80]],
    ['Latin-1', [0xe9]],
    ['a truncated character', [0xf0, 0x9f, 0x98]],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a character beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ])('is refused instead of being changed: %s', async (_, bytes) => {
    gateway = await aGateway({ quota: 10 });
    const body = Buffer.concat([Buffer.from('{"action":"echo","payload":{"a":"'), Buffer.from(bytes), Buffer.from('"}}')]);
    for (const answer of [await echo(body), await run(body)]) {
      expect([answer.statusCode, answer.json().code, answer.json().detail]).toEqual([400, 'BAD_REQUEST', 'The body is not valid UTF-8.']);
    }
    expect(await readEvents(gateway.spool)).toMatchObject([{ status: 400, cost: 0, requestBytes: body.length }]);
  });
});

describe('a value that parsing would change', () => {
  it.each([
    ['a lone surrogate', '{"a/b":["\\ud800"]}', '#/a~1b/0'],
    ['a name with a lone surrogate', '{"a":{"\\udfff":1}}', '#/a'],
    ['a number that becomes infinite', '{"a":1e400}', '#/a'],
    ['a number of 20 digits', '{"a":[0,12345678901234567890]}', '#/a/1'],
    ['a decimal that would be rounded', '{"a":3.14159265358979323846}', '#/a'],
  ])('is refused with a pointer to it: %s', async (_, json, pointer) => {
    gateway = await aGateway({ quota: 10 });
    const unguarded = (await echo(json)).json();
    expect(unguarded).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer }] });
    const guarded = await run(`{"action":"echo","payload":${json}}`);
    expect([guarded.statusCode, guarded.json().errors[0].pointer]).toEqual([400, pointer.replace('#', '#/payload')]);
    expect(await readEvents(gateway.spool)).toMatchObject([{ status: 400, cost: 0 }]);
  });

  it('does not include other JSON values: echo returns them unchanged', async () => {
    gateway = await aGateway({ quota: 10 });
    for (const value of [
      'x'.repeat(200),
      'e\u0301',
      '😀'.repeat(100),
      '\u202e\u05d0\u05d1',
      '\ufeff',
      '\ufffd',
      '\u0000',
      '\ud83d\udc69\u200d\ud83d\udc69',
    ]) {
      const sent = { [value]: [value] };
      expect((await echo(JSON.stringify(sent))).json().data.body).toEqual(sent);
      expect((await gateway.post({ action: 'echo', payload: sent })).json().data).toEqual(sent);
    }
    for (const number of ['1e23', '9007199254740991', '0.1', '5e-324', '1.7976931348623157e308', '1.50'])
      expect((await echo(`[${number}]`)).json().data.body).toEqual([Number(number)]);
    expect((await echo('[-0]')).body).toContain('[0]');
    expect((await echo('{"a":1,"a":2}')).json().data.body).toEqual({ a: 2 });
  });
});

it('an error refers to its field by an escaped JSON pointer', async () => {
  gateway = await aGateway({ quota: 10 });
  const pointerOf = async (body: object) => (await gateway.post(body)).json().errors[0].pointer;
  expect(await pointerOf({ action: 'echo', payload: {}, 'a/b': 1 })).toBe('#/a~1b');
  expect(await pointerOf({ action: 'text_stats', payload: { text: '', '~ü': 1 } })).toBe('#/payload/~0%C3%BC');
});

describe('a JSON content type without a body', () => {
  it('is accepted where no body is required', async () => {
    gateway = await aGateway();
    const answer = await echo('');
    expect([answer.statusCode, answer.json().data.body]).toEqual([200, null]);
    const read = await gateway.app.inject({ method: 'GET', url: '/api/v1/actions', headers: JSON_TYPE });
    expect(read.statusCode).toBe(200);
  });

  it('is refused where a body is required', async () => {
    gateway = await aGateway({ quota: 10 });
    const answer = await run('');
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'MALFORMED_JSON']);
  });
});

describe('Content-Encoding', () => {
  it.each(['gzip', 'br', 'deflate', 'zstd', 'x-unknown', 'identity, gzip', 'gzip, gzip'])(
    '%s gets a 415 that names the accepted coding',
    async (coding) => {
      gateway = await aGateway({ quota: 10 });
      for (const answer of [
        await echo('{}', { ...JSON_TYPE, 'content-encoding': coding }),
        await run('{}', { 'content-encoding': coding }),
      ]) {
        expect([answer.statusCode, answer.json().code, answer.headers['accept-encoding']]).toEqual([
          415,
          'UNSUPPORTED_MEDIA_TYPE',
          'identity',
        ]);
        expect(answer.json().detail).toContain('content coding');
      }
      expect(await readEvents(gateway.spool)).toMatchObject([{ status: 415, cost: 0 }]);
    },
  );

  it.each(['identity', 'Identity', ''])('is accepted as %j, which means no coding', async (coding) => {
    gateway = await aGateway();
    expect((await echo('{}', { ...JSON_TYPE, 'content-encoding': coding })).statusCode).toBe(200);
  });
});
