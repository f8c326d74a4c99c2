import Fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { aGateway, type TestGateway, type TestGatewayOptions } from '../testing/gateway.ts';
import { aKeyText } from '../testing/key.ts';
import { readForwarded } from './forwarded.ts';

let gateway: TestGateway;
const start = async (options: TestGatewayOptions) => {
  gateway = await aGateway(options);
};
const PROXY = '::ffff:10.0.0.1';
const ping = async (forwardedFor: string | string[] | undefined, remoteAddress = PROXY) =>
  (
    await gateway.app.inject({
      method: 'GET',
      url: '/api/v1/hello/ping',
      remoteAddress,
      headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor },
    })
  ).statusCode;
const wrongKey = async (forwardedFor: string) =>
  (await gateway.post({}, { key: aKeyText(), headers: { 'x-forwarded-for': forwardedFor } })).statusCode;
const statusesOf = async (call: (entry: string) => Promise<number>, entries: string[]) => {
  const statuses = [];
  for (const entry of entries) statuses.push(await call(entry));
  return statuses;
};

const V4 = ['203.0.113.9', '203.0.113.9:40001', '203.0.113.9:40002', '::ffff:203.0.113.9', '[::ffff:203.0.113.9]:1', '::FFFF:CB00:7109'];
const V6 = ['2001:db8::1', '[2001:db8::1]:443', '[2001:db8::1]:444', '2001:DB8:0:0:0::1', '2001:db8::1%eth0', '2001:db8:0:0:ffff::2'];

describe('a limit per address', () => {
  afterEach(() => gateway.close());

  it.each([
    ['IPv4', V4],
    ['IPv6 by its /64', V6],
  ])('counts all notations of an address together: %s', async (_, entries) => {
    await start({ trustedProxyHops: 1, helloCallsPerMinute: 3, failedCredentialsPerMinute: 3 });
    expect(await statusesOf(ping, entries)).toEqual([200, 200, 200, 429, 429, 429]);
    expect(await statusesOf(wrongKey, entries)).toEqual([401, 401, 401, 429, 429, 429]);
    expect(await ping('198.51.100.1')).toBe(200);
    expect(await wrongKey('2001:db8:0:1::1')).toBe(401);
  });

  it('counts an entry that is not an address as the proxy that added it', async () => {
    await start({ trustedProxyHops: 1, helloCallsPerMinute: 2 });
    expect(await statusesOf(ping, ['unknown', '_a', '10.0.0.1', 'x'])).toEqual([200, 200, 429, 429]);
    expect(await ping(undefined)).toBe(429);
  });

  it('is not evaded by entries that a client adds on the left, or by repeated fields', async () => {
    await start({ trustedProxyHops: 2, helloCallsPerMinute: 2 });
    const calls = [['1.1.1.1, 203.0.113.9, 10.0.0.2'], ['1.1.1.2', '203.0.113.9:7, 10.0.0.2'], ['1.1.1.3', '203.0.113.9', '10.0.0.2:5']];
    const statuses = [];
    for (const lines of calls) statuses.push(await ping(lines.join(', ')));
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('without trusted proxies counts by the socket’s address, IPv4-mapped or not', async () => {
    await start({ trustedProxyHops: 0, helloCallsPerMinute: 2 });
    expect([await ping('1.1.1.1', '::ffff:192.0.2.1'), await ping('1.1.1.2', '192.0.2.1'), await ping('1.1.1.3', '192.0.2.1')]).toEqual([
      200, 200, 429,
    ]);
  });
});

it.each([
  [1, 'https', 'https'],
  [1, 'http, HTTPS', 'https'],
  [1, 'https, http', 'http'],
  [1, 'ftp', 'http'],
  [1, undefined, 'http'],
  [0, 'https', 'http'],
])('the protocol behind %i proxies with X-Forwarded-Proto: %s is %3$s', async (hops, proto, protocol) => {
  const app = Fastify();
  readForwarded(app, hops);
  app.get('/', async (request) => request.protocol);
  expect((await app.inject({ url: '/', headers: proto === undefined ? {} : { 'x-forwarded-proto': proto } })).body).toBe(protocol);
  await app.close();
});
