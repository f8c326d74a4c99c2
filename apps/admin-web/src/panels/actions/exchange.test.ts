import { ApiError, NetworkError } from '@api-factory/sdk-ts';
import { expect, test } from 'vitest';
import { bodyOf, type Exchange, failureOf, MOST_SHOWN, withExchange } from './exchange.ts';

const exchange = (id: number): Exchange => ({
  id,
  at: new Date(0),
  action: 'echo',
  json: '{}',
  keyName: 'key',
  status: 200,
  ms: 1,
  headers: [],
  body: null,
  error: null,
});

test('the history keeps the last 20 calls, newest first', () => {
  const history = Array.from({ length: 21 }, (_, id) => exchange(id)).reduce<Exchange[]>(withExchange, []);
  expect(history.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => 20 - index));
});

test('a body is truncated only beyond the limit', () => {
  expect(bodyOf('x'.repeat(MOST_SHOWN))).toMatchObject({ truncated: false });
  const body = bodyOf('x'.repeat(MOST_SHOWN + 1));
  expect([body.truncated, body.text.length]).toEqual([true, MOST_SHOWN]);
});

test('an SVG becomes a data URL that its content can’t break out of', () => {
  const svg = '<svg onload="alert(1)">"\'#?\ud800</svg>';
  const image = bodyOf({ data: { contentType: 'image/svg+xml', svg } }).image ?? '';
  expect(image).toMatch(/^data:image\/svg\+xml;charset=utf-8,[\w%.~!*'()-]+$/);
  expect(decodeURIComponent(image.slice(image.indexOf(',') + 1))).toBe(svg.replace('\ud800', '\ufffd'));
});

test.each([
  [{ contentType: 'image/png', png: 'iVBORw0KGgo=' }, 'data:image/png;base64,iVBORw0KGgo='],
  [{ contentType: 'image/png', png: '"><script>' }, null],
  [{ contentType: 'text/html', svg: '<svg/>' }, null],
  [{ svg: '<svg/>' }, null],
  [null, null],
  ['image/svg+xml', null],
])('the image of %j is %s', (data, image) => {
  expect(bodyOf({ data }).image).toBe(image);
});

test('a refused call has a response, and a lost connection has none', () => {
  const body = { success: false, code: 'INVALID_KEY', title: 'API key not valid' };
  const refused = new ApiError(body, new Response(null, { status: 401, headers: { 'x-request-id': 'req_1' } }), 'http://127.0.0.1/');
  expect(failureOf(refused)).toMatchObject({
    status: 401,
    headers: [['x-request-id', 'req_1']],
    body: { text: JSON.stringify(body, null, 2) },
  });
  expect(failureOf(new NetworkError('no answer'))).toMatchObject({ status: null, headers: [], body: null });
});
