import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLoopback } from './access.ts';
import { rawRequest } from './testing/raw-request.ts';
import { type TestSandbox, testSandbox } from './testing/sandbox.ts';

const OTHER = 'http://evil.example';
const FORM = 'application/x-www-form-urlencoded';

let sandbox: TestSandbox;
let payPath: string;
beforeAll(async () => {
  sandbox = await testSandbox();
  payPath = await aPayPath();
});
afterAll(() => sandbox.close());

/** The path of the pay page of a new checkout. */
async function aPayPath(): Promise<string> {
  const product = await asSeller('products', 'name=Pro');
  const price = await asSeller('prices', `currency=usd&unit_amount=900&product=${product.id}&recurring[interval]=month`);
  const terms = `mode=subscription&line_items[0][price]=${price.id}&line_items[0][quantity]=1&success_url=http://localhost:1/done`;
  const session = await asSeller('checkout/sessions', terms);
  return new URL(session.url).pathname;
}

async function asSeller(path: string, body: string): Promise<{ id: string; url: string }> {
  const headers = { authorization: `Bearer ${sandbox.secretKey}`, 'content-type': FORM };
  const reply = await rawRequest(`${sandbox.url}/v1/${path}`, { method: 'POST', headers, body });
  expect(reply.status, reply.body).toBe(200);
  return JSON.parse(reply.body) as { id: string; url: string };
}

function port(): string {
  return new URL(sandbox.url).port;
}

/** Calls a control with these headers in addition to the content type. */
function control(headers: Record<string, string>, path = '/_sandbox/events') {
  return rawRequest(`${sandbox.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{}' });
}

const withToken = () => ({ authorization: `Bearer ${sandbox.token}` });

describe('a request for a foreign host name (DNS rebinding)', () => {
  it.each(['/', '/sandbox.css', '/v1/customers', '/nowhere'])('returns 421: %s', async (path) => {
    for (const host of ['evil.example', `evil.example:${port()}`, `localhost.evil.example:${port()}`, `127.0.0.1.evil.example:${port()}`]) {
      const reply = await rawRequest(`${sandbox.url}${path}`, { headers: { host, authorization: `Bearer ${sandbox.secretKey}` } });
      expect(reply.status, host).toBe(421);
    }
  });

  it('reaches neither a pay page nor a control, even with the token', async () => {
    const host = `evil.example:${port()}`;
    expect((await rawRequest(`${sandbox.url}${payPath}`, { headers: { host } })).status).toBe(421);
    expect((await control({ host, ...withToken() })).status).toBe(421);
  });

  it('is any request that does not name a loopback host with the sandbox’s port', async () => {
    for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
      const reply = await rawRequest(`${sandbox.url}/`, { headers: { host: `${name}:${port()}` } });
      expect(reply.status, name).toBe(200);
      const otherPort = await rawRequest(`${sandbox.url}/`, { headers: { host: `${name}:1` } });
      expect(otherPort.status, name).toBe(421);
    }
  });
});

describe('another page in the same browser', () => {
  it.each([FORM, 'text/plain', 'multipart/form-data; boundary=x', 'application/json'])('can’t submit a form of type %s', async (type) => {
    for (const path of [payPath, '/sign-in', '/act/advance', '/_sandbox/reset']) {
      const headers = { origin: OTHER, 'sec-fetch-site': 'cross-site', 'content-type': type };
      const reply = await rawRequest(`${sandbox.url}${path}`, { method: 'POST', headers, body: 'outcome=pays&email=a%40b.c' });
      expect(reply.status, path).toBe(403);
    }
  });

  it.each([
    ['from another origin in a browser without Sec-Fetch-Site', { origin: OTHER }],
    ['from another port of this machine', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }],
    ['from another port, in a browser without Sec-Fetch-Site', { origin: 'http://127.0.0.1:1' }],
    ['from another name of this machine', { origin: 'http://localhost', 'sec-fetch-site': 'cross-site' }],
    ['from a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['from a sandboxed frame, in a browser without Sec-Fetch-Site', { origin: 'null' }],
    ['from an https origin', { origin: 'https://127.0.0.1' }],
    ['without Origin and Sec-Fetch-Site', {}],
  ])('can’t pay %s', async (_, headers) => {
    const reply = await rawRequest(`${sandbox.url}${payPath}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': FORM } as Record<string, string>,
      body: 'outcome=pays&email=a%40b.c',
    });
    expect(reply.status).toBe(403);
    expect(sandbox.controls.events().map(({ type }) => type)).not.toContain('checkout.session.completed');
  });

  it('can’t call the controls with fetch, even with the token', async () => {
    const reply = await control({ origin: OTHER, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', ...withToken() });
    expect(reply.status).toBe(403);
  });

  it('gets no CORS headers, so it can’t read any response', async () => {
    const preflight = { origin: OTHER, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
    for (const path of ['/', payPath, '/v1/customers', '/_sandbox/events']) {
      for (const method of ['GET', 'OPTIONS']) {
        const reply = await rawRequest(`${sandbox.url}${path}`, { method, headers: preflight });
        expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
    }
  });

  it('can’t frame a page of the sandbox, and no page loads foreign content or runs a script', async () => {
    for (const path of ['/', payPath, '/pay/none', '/portal/none']) {
      const { headers } = await rawRequest(`${sandbox.url}${path}`);
      expect(headers['content-security-policy'], path).toMatch(
        /default-src 'none'; style-src 'self'; form-action .*frame-ancestors 'none'/,
      );
      expect(headers).toMatchObject({
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
    }
  });
});

describe('the controls', () => {
  it('require the token as a bearer token', async () => {
    expect((await control(withToken())).status).toBe(200);
    for (const authorization of ['', 'Bearer', 'Bearer ', 'Bearer wrong', `Basic ${sandbox.token}`, `Bearer ${sandbox.secretKey}`]) {
      expect((await control({ authorization })).status, authorization).toBe(401);
    }
    expect((await control({})).status).toBe(401);
  });

  it('ignore a token in the query or a cookie', async () => {
    expect((await control({}, `/_sandbox/events?token=${sandbox.token}`)).status).toBe(401);
    expect((await control({ cookie: await signedInCookie() })).status).toBe(401);
  });
});

describe('the index page', () => {
  it('shows only the sign-in form without its cookie, and ignores a token in the query', async () => {
    const reply = await rawRequest(`${sandbox.url}/?token=${sandbox.token}`);
    expect(reply.body).toContain('name="token"');
    expect(reply.body).not.toContain('Clock');
    expect(reply.headers['set-cookie']).toBeUndefined();
  });

  it('sets an HttpOnly, SameSite=Strict cookie that does not contain the token', async () => {
    const cookie = await signIn(sandbox.token);
    expect(cookie.headers['set-cookie']).toMatch(/; HttpOnly; SameSite=Strict; Path=\/; Max-Age=\d+$/);
    expect(cookie.headers['set-cookie']).not.toContain(sandbox.token);
    const reply = await rawRequest(`${sandbox.url}/`, { headers: { cookie: await signedInCookie() } });
    expect(reply.body).toContain('Clock');
  });

  it('sets no cookie for a wrong token, and rejects actions without the cookie', async () => {
    const wrong = await signIn('wrong');
    expect(wrong.status).toBe(401);
    expect(wrong.headers['set-cookie']).toBeUndefined();
    const act = await rawRequest(`${sandbox.url}/act/advance`, {
      method: 'POST',
      headers: { origin: sandbox.url, 'content-type': FORM },
      body: 'seconds=86400',
    });
    expect(act.status).toBe(401);
  });
});

function signIn(token: string) {
  const headers = { origin: sandbox.url, 'content-type': FORM };
  return rawRequest(`${sandbox.url}/sign-in`, { method: 'POST', headers, body: `token=${token}` });
}

async function signedInCookie(): Promise<string> {
  return (await signIn(sandbox.token)).headers['set-cookie']?.split(';')[0] ?? '';
}

it('isLoopback accepts loopback addresses only', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) expect(isLoopback(host), host).toBe(true);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '127.0.0.1.evil.example', 'evil.example', '']) {
    expect(isLoopback(host), host).toBe(false);
  }
});

it('the sandbox refuses to listen on anything but loopback', async () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'evil.example']) {
    await expect(testSandbox({ host }), host).rejects.toThrow(/loopback/);
  }
});
