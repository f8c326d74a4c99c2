import { afterEach, describe, expect, it } from 'vitest';
import { aGateway, type TestGateway } from '../testing/gateway.ts';

let gateway: TestGateway;
afterEach(() => gateway.close());
const echo = async (query: string) => {
  const { statusCode, body } = await gateway.app.inject({ method: 'GET', url: `/api/v1/hello/echo?${query}` });
  return { status: statusCode, body: JSON.parse(body) };
};

describe('a query', () => {
  it.each(['a=%ff', 'a=%C3', 'a=%ED%A0%80', 'a=%', 'a=%4', 'a=%zz', '%ff=1', 'a=%C3&b=%A9'])(
    'that is not valid UTF-8 is refused: %s',
    async (query) => {
      gateway = await aGateway();
      expect(await echo(query)).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST', detail: expect.stringContaining('UTF-8') } });
    },
  );

  it('that is valid is decoded', async () => {
    gateway = await aGateway({ helloCallsPerMinute: 1_000 });
    for (const value of ['é', '😀', '\u0000', '\ufffd', '100 %', 'a+b&c=d?', 'x'.repeat(200)])
      expect((await echo(`a=${encodeURIComponent(value)}`)).body.data.query).toEqual({ a: value });
    expect((await echo('a=1+2')).body.data.query).toEqual({ a: '1 2' });
    expect((await echo('a=?b')).body.data.query).toEqual({ a: '?b' });
  });
});

it.each(['%ff', '%', '%ED%A0%80'])('a path that is not valid UTF-8 is refused: %s', async (part) => {
  gateway = await aGateway();
  const { statusCode, body } = await gateway.app.inject({ method: 'GET', url: `/api/v1/hello/${part}` });
  expect([statusCode, JSON.parse(body).code]).toEqual([400, 'BAD_REQUEST']);
});
