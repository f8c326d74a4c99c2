import { PROBLEM_SCHEMA, problemBody, toProblem } from '@api-factory/core';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registerControl } from '../app.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { translateDatabaseError } from '../store/errors.ts';
import { ADMIN_KEY, type ControlApp, controlApp } from '../testing/app.ts';
import { createAuthenticate } from './authenticate.ts';
import { NO_COOKIE } from './session.ts';
import { type Browser, signedIn } from './testing/browser.ts';

let control: ControlApp;
let browser: Browser;
beforeAll(async () => {
  control = await controlApp();
  browser = await signedIn(control);
});
afterAll(() => control.close());

const write = (headers: Record<string, string>, method = 'POST') =>
  control.callAs(headers, method, method === 'POST' ? '/consumers' : '/consumers/x', method === 'DELETE' ? undefined : { name: 'Ada' });
const REJECTED = { status: 403, body: { code: 'CSRF_REJECTED' } };

describe('a write by cookie', () => {
  test.each(['POST', 'PATCH', 'PUT', 'DELETE'])(
    'with %s but without the CSRF token is refused; the session stays valid',
    async (method) => {
      const refused = await write(browser.cookie, method);
      expect(refused).toMatchObject(REJECTED);
      expect(refused.headers['set-cookie']).toBeUndefined();
      expect((await browser.read()).status).toBe(200);
    },
  );

  test('is refused with the token of another session, a part of its own, or the cookie’s value', async () => {
    const other = await signedIn(control);
    for (const sent of [other.csrf, browser.csrf.slice(0, -1), `${browser.csrf}x`, '', browser.token]) {
      expect(await write({ ...browser.cookie, 'x-csrf-token': sent }), sent).toMatchObject(REJECTED);
    }
  });

  test('succeeds with its own token', async () => {
    expect((await write(browser.confirmed)).status).toBe(201);
  });

  test.each([
    ['same-origin', 201],
    ['same-site', 403],
    ['cross-site', 403],
    ['none', 403],
    ['', 403],
  ])('with Sec-Fetch-Site %j gets a %i, even with the token', async (site, status) => {
    expect((await write({ ...browser.confirmed, 'sec-fetch-site': site })).status).toBe(status);
  });

  test('to a path that does not exist is refused the same way', async () => {
    expect(await control.callAs(browser.cookie, 'POST', '/nowhere')).toMatchObject(REJECTED);
    expect(await control.callAs(browser.confirmed, 'POST', '/nowhere')).toMatchObject({ status: 404 });
  });

  test('with an Idempotency-Key can only be replayed by the same session', async () => {
    const other = await signedIn(control);
    const once = { 'idempotency-key': 'the same name' };
    const make = (headers: Record<string, string>) =>
      control.callAs({ ...headers, ...once }, 'POST', '/keys', { name: 'k', plan: 'starter' });
    const [first, again] = [await make(browser.confirmed), await make(browser.confirmed)];
    expect(again.body.data.key).toBe(first.body.data.key);
    expect(again.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    const strangers = [await make(other.confirmed), await make({ authorization: `Bearer ${ADMIN_KEY}` })];
    for (const { body, headers } of strangers) {
      expect(body.data.key).not.toBe(first.body.data.key);
      expect(headers).not.toHaveProperty('idempotent-replayed');
    }
  });
});

test('a read by cookie needs no token', async () => {
  for (const method of ['GET', 'HEAD']) {
    const { statusCode } = await control.app.inject({ method: method as 'GET', url: '/api/admin/plans', headers: browser.cookie });
    expect(statusCode, method).toBe(200);
  }
});

test.each([
  ['same-origin', 200],
  ['none', 200],
  ['same-site', 403],
  ['cross-site', 403],
])('a read by cookie with Sec-Fetch-Site %j gets a %i: other pages can neither load the database nor measure it', async (site, status) => {
  for (const path of ['/plans', '/overview', '/session']) {
    const reply = await control.callAs({ ...browser.cookie, 'sec-fetch-site': site }, 'GET', path);
    expect(reply.status, path).toBe(status);
    expect(reply.headers['set-cookie'], path).toBeUndefined();
  }
  expect((await browser.read()).status).toBe(200);
});

test.each([
  ['same-origin', 201],
  ['none', 201],
  ['same-site', 403],
  ['cross-site', 403],
])('a sign-in with Sec-Fetch-Site %j gets a %i: no other page can sign the user in', async (site, status) => {
  const reply = await control.callAs({ 'sec-fetch-site': site }, 'POST', '/session', { key: ADMIN_KEY });
  expect(reply.status).toBe(status);
  expect(reply.headers['set-cookie'] !== undefined).toBe(status === 201);
});

test.each([
  ['a form', 'application/x-www-form-urlencoded', `key=${ADMIN_KEY}`],
  ['a form’s plain text', 'text/plain', JSON.stringify({ key: ADMIN_KEY })],
])('%s can’t sign in', async (_, type, payload) => {
  const reply = await control.app.inject({ method: 'POST', url: '/api/admin/session', headers: { 'content-type': type }, payload });
  expect(reply.statusCode).toBeGreaterThanOrEqual(400);
  expect(reply.headers['set-cookie']).toBeUndefined();
});

describe('a session cookie', () => {
  test.each([
    ['empty', 'af_session='],
    ['of the right form', `af_session=af_session_${'x'.repeat(43)}`],
    ['the operator key', `af_session=${ADMIN_KEY}`],
    ['longer than any', `af_session=${'x'.repeat(10_000)}`],
  ])('that is invalid (%s) is refused and cleared', async (_, cookie) => {
    for (const path of ['/session', '/plans', '/nowhere']) {
      expect(await control.callAs({ cookie }, 'GET', path), path).toMatchObject({
        status: 401,
        headers: { 'set-cookie': NO_COOKIE },
        body: { code: 'UNAUTHORIZED' },
      });
    }
  });

  test('set by another page next to the valid one locks nobody out', async () => {
    const cookie = `${'af_session=planted; '.repeat(100)}${browser.cookie.cookie}`;
    expect((await control.callAs({ cookie }, 'GET', '/plans')).status).toBe(200);
  });

  test('is accepted neither in place of an API key nor in another header', async () => {
    expect(await control.callAs(browser.cookie, 'GET', '/keys/me')).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } });
    const asKey = { authorization: `Bearer ${browser.token}` };
    expect(await control.callAs(asKey, 'GET', '/plans')).toMatchObject({ status: 401, body: { code: 'INVALID_KEY' } });
    expect(await control.callAs({ 'x-api-key': browser.token }, 'GET', '/keys/me')).toMatchObject({ status: 401 });
  });
});

describe('failed attempts', () => {
  const wrong = { cookie: 'af_session=wrong' };

  test('with wrong cookies count like those with wrong keys; a valid session keeps working', async () => {
    const limited = await controlApp({ failuresAllowed: 2 });
    const { read } = await signedIn(limited);
    for (const status of [401, 401, 429]) expect((await limited.callAs(wrong, 'GET', '/plans')).status).toBe(status);
    expect(await limited.callAs(wrong, 'GET', '/plans')).toMatchObject({
      status: 429,
      headers: { 'set-cookie': NO_COOKIE, 'retry-after': '30' },
    });
    expect((await read('/plans')).status).toBe(200);
    await limited.close();
  });

  test('to check for a session do not count, but a wrong key there does', async () => {
    const limited = await controlApp({ failuresAllowed: 1 });
    for (let call = 0; call < 5; call++) {
      expect((await limited.callAs(wrong, 'GET', '/session')).status).toBe(401);
      expect((await limited.callAs({}, 'GET', '/session')).status).toBe(401);
    }
    const key = { authorization: 'Bearer wrong' };
    expect([(await limited.callAs(key, 'GET', '/session')).status, (await limited.callAs(key, 'GET', '/session')).status]).toEqual([
      401, 429,
    ]);
    expect((await limited.callAs(wrong, 'DELETE', '/session')).status).toBe(429);
    await limited.close();
  });

  test('in a flood of wrong cookies query the database once a second', async () => {
    let reads = 0;
    const selectFrom = (table: 'operator_sessions') => {
      reads += 1;
      return control.context.db.selectFrom(table);
    };
    const authenticate = createAuthenticate({ ...control.context, db: { selectFrom } as unknown as Database });
    const request = { headers: wrong, routeOptions: { config: {} } } as never;
    for (let call = 0; call < 50; call++) await expect(authenticate(request)).rejects.toThrow();
    expect(reads).toBe(1);
  });
});

test('while the database is unavailable, sign-ins and sessions get a 503, and the cookie is kept', async () => {
  const nowhere = openDatabase('postgres://nobody:nothing@127.0.0.1:9/nothing');
  const app = Fastify();
  app.addSchema(PROBLEM_SCHEMA);
  app.setErrorHandler((error, request, reply) => {
    const { code, parts } = toProblem(translateDatabaseError(error) ?? error);
    return reply
      .code(problemBody(code, parts, '', '').status)
      .headers(parts.headers ?? {})
      .send(problemBody(code, parts, request.url, ''));
  });
  await registerControl(app, { ...control.context, db: nowhere });
  for (const request of [
    { url: '/api/admin/session', method: 'POST', payload: { key: ADMIN_KEY } },
    { url: '/api/admin/session', method: 'POST', payload: { key: 'wrong' } },
    { url: '/api/admin/session', method: 'GET', headers: browser.cookie },
    { url: '/api/admin/plans', method: 'GET', headers: browser.cookie },
    { url: '/api/admin/session', method: 'DELETE', headers: browser.confirmed },
  ] as const) {
    const reply = await app.inject(request);
    expect(reply, `${request.method} ${request.url}`).toMatchObject({ statusCode: 503 });
    expect([reply.json().code, reply.headers['set-cookie']]).toEqual(['DATABASE_UNAVAILABLE', undefined]);
  }
  await app.close();
  await nowhere.destroy();
});
