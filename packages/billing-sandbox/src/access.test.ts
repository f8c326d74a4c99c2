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

/** A control, called with these header fields beside the type of the body. */
function control(headers: Record<string, string>, path = '/_sandbox/events') {
  return rawRequest(`${sandbox.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{}' });
}

const withToken = () => ({ authorization: `Bearer ${sandbox.token}` });

describe('a foreign name that resolves to this machine (DNS rebinding)', () => {
  it.each(['/', '/sandbox.css', '/v1/customers', '/nowhere'])('reaches nothing: %s', async (path) => {
    for (const host of ['evil.example', `evil.example:${port()}`, `localhost.evil.example:${port()}`, `127.0.0.1.evil.example:${port()}`]) {
      const reply = await rawRequest(`${sandbox.url}${path}`, { headers: { host, authorization: `Bearer ${sandbox.secretKey}` } });
      expect(reply.status, host).toBe(421);
    }
  });

  it('reaches no pay page and no control, even with the token', async () => {
    const host = `evil.example:${port()}`;
    expect((await rawRequest(`${sandbox.url}${payPath}`, { headers: { host } })).status).toBe(421);
    expect((await control({ host, ...withToken() })).status).toBe(421);
  });

  it('is not one of the names of loopback with the sandbox’s port', async () => {
    for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
      const reply = await rawRequest(`${sandbox.url}/`, { headers: { host: `${name}:${port()}` } });
      expect(reply.status, name).toBe(200);
      const otherPort = await rawRequest(`${sandbox.url}/`, { headers: { host: `${name}:1` } });
      expect(otherPort.status, name).toBe(421);
    }
  });
});

describe('another page in the same browser', () => {
  it.each([FORM, 'text/plain', 'multipart/form-data; boundary=x', 'application/json'])('can’t post a form of type %s', async (type) => {
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
    ['by https', { origin: 'https://127.0.0.1' }],
    ['without either header field', {}],
  ])('can’t pay %s', async (_, headers) => {
    const reply = await rawRequest(`${sandbox.url}${payPath}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': FORM } as Record<string, string>,
      body: 'outcome=pays&email=a%40b.c',
    });
    expect(reply.status).toBe(403);
    expect(sandbox.controls.events().map(({ type }) => type)).not.toContain('checkout.session.completed');
  });

  it('can’t drive the controls by fetch, not even with the token', async () => {
    const reply = await control({ origin: OTHER, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', ...withToken() });
    expect(reply.status).toBe(403);
  });

  it('gets no CORS header anywhere, so that it can read nothing', async () => {
    const asked = { origin: OTHER, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
    for (const path of ['/', payPath, '/v1/customers', '/_sandbox/events']) {
      for (const method of ['GET', 'OPTIONS']) {
        const reply = await rawRequest(`${sandbox.url}${path}`, { method, headers: asked });
        expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
    }
  });

  it('can’t show a page of the sandbox in a frame, and no page loads anything foreign or runs a script', async () => {
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
  it('want the token as a bearer', async () => {
    expect((await control(withToken())).status).toBe(200);
    for (const authorization of ['', 'Bearer', 'Bearer ', 'Bearer wrong', `Basic ${sandbox.token}`, `Bearer ${sandbox.secretKey}`]) {
      expect((await control({ authorization })).status, authorization).toBe(401);
    }
    expect((await control({})).status).toBe(401);
  });

  it('take no token from the query or from a cookie', async () => {
    expect((await control({}, `/_sandbox/events?token=${sandbox.token}`)).status).toBe(401);
    expect((await control({ cookie: await signedInCookie() })).status).toBe(401);
  });
});

describe('the index page', () => {
  it('shows nothing without its cookie, and takes the token only from its form', async () => {
    const reply = await rawRequest(`${sandbox.url}/?token=${sandbox.token}`);
    expect(reply.body).toContain('name="token"');
    expect(reply.body).not.toContain('Clock');
    expect(reply.headers['set-cookie']).toBeUndefined();
  });

  it('gives a cookie that no script reads, no other site sends and that is not the token', async () => {
    const cookie = await signIn(sandbox.token);
    expect(cookie.headers['set-cookie']).toMatch(/; HttpOnly; SameSite=Strict; Path=\/; Max-Age=\d+$/);
    expect(cookie.headers['set-cookie']).not.toContain(sandbox.token);
    const reply = await rawRequest(`${sandbox.url}/`, { headers: { cookie: await signedInCookie() } });
    expect(reply.body).toContain('Clock');
  });

  it('gives none for a wrong token, and acts for nobody without it', async () => {
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

it('loopback is this machine alone', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) expect(isLoopback(host), host).toBe(true);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '127.0.0.1.evil.example', 'evil.example', '']) {
    expect(isLoopback(host), host).toBe(false);
  }
});

it('the sandbox does not listen where others could reach it', async () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'evil.example']) {
    await expect(testSandbox({ host }), host).rejects.toThrow(/loopback/);
  }
});
