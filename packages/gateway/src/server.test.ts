import { once } from 'node:events';
import { Agent, get, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { aGateway, type TestGateway, type TestGatewayOptions } from './testing/gateway.ts';
import { aKeyText } from './testing/key.ts';

let gateway: TestGateway;
const start = async (options: TestGatewayOptions = {}): Promise<number> => {
  gateway = await aGateway(options);
  await gateway.app.listen({ port: 0, host: '127.0.0.1' });
  return (gateway.app.server.address() as AddressInfo).port;
};
afterEach(() => gateway.close());

describe('repeated header fields', () => {
  const call = async (port: number, headers: string[]) => {
    const sent = request({ port, method: 'POST', path: '/api/v1/actions', agent: false });
    for (let at = 0; at < headers.length; at += 2) sent.appendHeader(headers[at]!, headers[at + 1]!);
    sent.appendHeader('content-type', 'application/json');
    sent.end('{"action":"echo","payload":{}}');
    const [answer] = await once(sent, 'response');
    return `${answer.statusCode} ${JSON.parse(Buffer.concat(await answer.toArray()).toString()).code ?? ''}`.trim();
  };

  it('conflict if they contain two keys, even where Node would drop the second', async () => {
    const port = await start();
    const [own, other] = [gateway.key, aKeyText()];
    expect(await call(port, ['authorization', `Bearer ${own}`, 'authorization', `Bearer ${other}`])).toBe('400 CREDENTIAL_CONFLICT');
    expect(await call(port, ['authorization', `Bearer ${other}`, 'authorization', `Bearer ${own}`])).toBe('400 CREDENTIAL_CONFLICT');
    expect(await call(port, ['x-api-key', own, 'x-api-key', other])).toBe('400 CREDENTIAL_CONFLICT');
    expect(await call(port, ['x-api-key', own, 'authorization', `Bearer ${other}`])).toBe('400 CREDENTIAL_CONFLICT');
  });

  it('count as one key if they are equal, or only one is an API key', async () => {
    const port = await start();
    const bearer = `Bearer ${gateway.key}`;
    expect(await call(port, ['authorization', bearer, 'authorization', bearer])).toBe('200');
    expect(await call(port, ['x-api-key', gateway.key, 'x-api-key', gateway.key])).toBe('200');
    expect(await call(port, ['authorization', 'Basic dTpw', 'authorization', bearer])).toBe('200');
    expect(await call(port, ['authorization', 'Basic dTpw', 'x-api-key', gateway.key])).toBe('200');
    expect(await call(port, ['authorization', 'Basic dTpw'])).toBe('401 UNAUTHORIZED');
  });
});

describe('a page of an allowed origin', () => {
  const ORIGIN = 'https://app.example.com';
  const json = { 'content-type': 'application/json' };
  const refusals: [number, string, string, Record<string, string>, string?][] = [
    [400, 'GET', '/api/v1/%zz', {}],
    [400, 'GET', '/api/v1/hello/echo?a=%ff', {}],
    [400, 'POST', '/api/v1/hello/echo', json, '{'],
    [400, 'POST', '/api/v1/hello/echo', json, '{"a":1e400}'],
    [401, 'POST', '/api/v1/actions', json, '{}'],
    [404, 'GET', '/api/v1/nope', {}],
    [404, 'GET', '/api/v1/hello/nope', {}],
    [405, 'DELETE', '/api/v1/actions', {}],
    [405, 'PUT', '/api/v1/hello/ping', json, '{}'],
    [413, 'POST', '/api/v1/hello/echo', json, `"${'x'.repeat(1_100_000)}"`],
    [415, 'POST', '/api/v1/hello/echo', { 'content-type': 'text/plain' }, 'x'],
    [415, 'POST', '/api/v1/hello/echo', { ...json, 'content-encoding': 'gzip' }, 'x'],
  ];

  it.each(refusals)('can read a %i to %s %s', async (status, method, url, headers, payload) => {
    await start({ corsOrigins: [ORIGIN, 'https://other.example.com'] });
    const send = (origin: string) =>
      gateway.app.inject({ method: method as 'GET', url, headers: { ...headers, origin }, ...(payload === undefined ? {} : { payload }) });
    const allowed = await send(ORIGIN);
    expect([allowed.statusCode, allowed.headers['access-control-allow-origin']]).toEqual([status, ORIGIN]);
    expect(allowed.headers['access-control-expose-headers']).toContain('X-Request-Id');
    expect(String(allowed.headers.vary)).toContain('Origin');
    const foreign = await send('https://evil.example');
    expect([foreign.statusCode, foreign.headers['access-control-allow-origin']]).toEqual([status, undefined]);
    expect(String(foreign.headers.vary)).toContain('Origin');
  });

  it('can read a 429 and a 503', async () => {
    let draining = false;
    await start({ corsOrigins: [ORIGIN], helloCallsPerMinute: 1, draining: () => draining });
    const ping = () => gateway.app.inject({ url: '/api/v1/hello/ping', headers: { origin: ORIGIN } });
    const allowed = { 'access-control-allow-origin': ORIGIN };
    expect(await ping()).toMatchObject({ statusCode: 200, headers: allowed });
    expect(await ping()).toMatchObject({ statusCode: 429, headers: allowed });
    draining = true;
    expect(await ping()).toMatchObject({ statusCode: 503, headers: allowed });
    const preflight = { origin: ORIGIN, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
    expect(await gateway.app.inject({ method: 'OPTIONS', url: '/api/v1/actions', headers: preflight })).toMatchObject({
      statusCode: 204,
      headers: { ...allowed, 'access-control-allow-headers': 'authorization' },
    });
  });

  it('can read nothing outside the packs, and no page can read anything without allowed origins', async () => {
    await start({ corsOrigins: [ORIGIN] });
    for (const url of ['/api/admin/nope', '/nope', '/%zz', '/api/v1nope']) {
      const { headers } = await gateway.app.inject({ url, headers: { origin: ORIGIN } });
      expect([url, headers['access-control-allow-origin'], headers.vary]).toEqual([url, undefined, undefined]);
    }
    expect((await gateway.app.inject('/api/v1/nope')).headers['access-control-allow-origin']).toBeUndefined();
    await gateway.close();
    await start();
    const { headers } = await gateway.app.inject({ url: '/api/v1/nope', headers: { origin: ORIGIN } });
    expect([headers['access-control-allow-origin'], headers.vary]).toEqual([undefined, undefined]);
  });
});

describe('a server that is stopping', () => {
  const read = async (port: number, path: string, agent: Agent): Promise<{ status: number; headers: IncomingHttpHeaders }> => {
    const [answer] = await once(get({ port, path, agent }), 'response');
    await answer.toArray();
    return { status: answer.statusCode, headers: answer.headers };
  };

  it('closes kept-alive connections with their last response, whatever its status', async () => {
    let draining = false;
    const port = await start({ draining: () => draining });
    const agent = new Agent({ keepAlive: true });
    expect((await read(port, '/api/v1/hello/ping', agent)).headers).toMatchObject({ connection: 'keep-alive' });
    draining = true;
    for (const [path, status] of [
      ['/api/v1/hello/ping', 503],
      ['/nope', 503],
      ['/%zz', 400],
    ] as const) {
      expect([path, await read(port, path, agent)]).toMatchObject([path, { status, headers: { connection: 'close' } }]);
    }
    agent.destroy();
  });

  it('closes the connection of a call that started before the stop too', async () => {
    let draining = false;
    const port = await start({ draining: () => draining });
    const agent = new Agent({ keepAlive: true });
    const pending = request({ port, agent, method: 'POST', path: '/api/v1/hello/echo', headers: { 'content-type': 'application/json' } });
    const received = new Promise((resolve) => gateway.app.server.once('request', resolve));
    pending.write('{"a":');
    await received;
    draining = true;
    pending.end('1}');
    const [answer] = await once(pending, 'response');
    await answer.toArray();
    expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close']);
    agent.destroy();
  });
});
