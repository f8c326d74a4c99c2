import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_KEY, type ControlApp, controlApp, START } from '../testing/app.ts';
import { ensureOperatorKey } from './change.ts';
import { NO_COOKIE, SESSION_SECONDS } from './session.ts';
import { MOST_SESSIONS } from './session-change.ts';
import { signedIn } from './testing/browser.ts';

let control: ControlApp;
afterEach(async () => {
  await control?.close();
  control = undefined as never;
});

const bearer = { authorization: `Bearer ${ADMIN_KEY}` };
const signIn = (body: unknown, headers: Record<string, string> = {}) => control.callAs(headers, 'POST', '/session', body);
const rows = () => control.database.db.selectFrom('operator_sessions').selectAll().orderBy('created_at').execute();
const secondOperator = async () => (await ensureOperatorKey({ ...control.context, adminKey: null })) ?? '';
const actions = async () => {
  const { data } = (await control.call('GET', '/audit?objectType=session')).body;
  return data.map(({ action, actor }: { action: string; actor: string }) => [action, actor]);
};
const ENDED = { status: 401, headers: { 'set-cookie': NO_COOKIE }, body: { code: 'UNAUTHORIZED' } };

describe('sign-in', () => {
  test('returns a cookie that works at once, with the operator and the expiry', async () => {
    control = await controlApp();
    const reply = await signIn({ key: ADMIN_KEY });
    expect(reply).toMatchObject({ status: 201, headers: { 'cache-control': 'no-store' } });
    expect(reply.headers['set-cookie']).toMatch(
      /^af_session=af_session_[0-9A-Za-z]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const times = { createdAt: new Date(START).toISOString(), expiresAt: new Date(START + SESSION_SECONDS * 1_000).toISOString() };
    expect(reply.body.data).toEqual({ operator: 'env', csrfToken: expect.stringMatching(/^[\w-]{43}$/), ...times });
    const browser = await signedIn(control);
    expect((await browser.read()).body.data).toEqual({ operator: 'env', csrfToken: browser.csrf, ...times });
    expect((await browser.read('/plans')).status).toBe(200);
  });

  test('ignores the operator key in Authorization', async () => {
    control = await controlApp();
    expect(await signIn({ key: 'wrong' }, bearer)).toMatchObject({ status: 401, body: { code: 'INVALID_KEY' } });
  });

  test('counts wrong keys together with wrong credentials; the right key still works', async () => {
    control = await controlApp({ failuresAllowed: 2 });
    expect((await control.callAs({ authorization: 'Bearer wrong' }, 'GET', '/plans')).status).toBe(401);
    expect((await signIn({ key: 'wrong' })).status).toBe(401);
    expect(await signIn({ key: 'wrong' })).toMatchObject({ status: 429, headers: { 'retry-after': '30' }, body: { code: 'RATE_LIMITED' } });
    expect((await signIn({ key: ADMIN_KEY })).status).toBe(201);
  });

  test('gets a 429 above the limit per minute; wrong keys don’t count towards it', async () => {
    control = await controlApp({ adminCallsPerMinute: 2 });
    for (let call = 0; call < 5; call++) await signIn({ key: 'wrong' });
    expect([(await signIn({ key: ADMIN_KEY })).status, (await signIn({ key: ADMIN_KEY })).status]).toEqual([201, 201]);
    expect(await signIn({ key: ADMIN_KEY })).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } });
    expect(await rows()).toHaveLength(2);
  });

  test('sets a Secure cookie when PUBLIC_URL is https', async () => {
    control = await controlApp({ publicUrl: 'https://api.example.com' });
    expect((await signedIn(control)).setCookie).toMatch(/; Secure$/);
  });

  test('ends the previous session of the browser, and no other', async () => {
    control = await controlApp();
    const [first, other] = [await signedIn(control), await signedIn(control)];
    const again = await signedIn(control, ADMIN_KEY, first.cookie);
    expect(await first.read()).toMatchObject(ENDED);
    expect([(await again.read()).status, (await other.read()).status]).toEqual([200, 200]);
  });

  test('removes all expired sessions', async () => {
    control = await controlApp();
    await signedIn(control, await secondOperator());
    control.advance(SESSION_SECONDS * 1_000);
    await signedIn(control);
    expect((await rows()).map(({ operator }) => operator)).toEqual(['env']);
  });

  test('above the limit ends the operator’s oldest session, and none of another operator', async () => {
    control = await controlApp();
    const other = await signedIn(control, await secondOperator());
    const browsers = [];
    for (let count = 0; count < MOST_SESSIONS; count++) {
      control.advance(1);
      browsers.push(await signedIn(control));
    }
    expect((await browsers[0]!.read()).status).toBe(200);
    await signedIn(control);
    expect(await browsers[0]!.read()).toMatchObject(ENDED);
    expect([(await browsers[1]!.read()).status, (await other.read()).status]).toEqual([200, 200]);
  });

  test('stores neither the operator key nor the token nor the CSRF token', async () => {
    control = await controlApp();
    const key = await secondOperator();
    const browsers = [await signedIn(control), await signedIn(control, key)];
    const dump = await control.dump();
    for (const secret of [ADMIN_KEY, key, ...browsers.flatMap(({ token, csrf }) => [token, token.slice(11), csrf])]) {
      expect(dump).not.toContain(secret);
    }
  });
});

describe('a failed sign-in', () => {
  let shared: ControlApp;
  beforeAll(async () => {
    shared = await controlApp();
  });
  afterAll(() => shared.close());

  test.each([
    ['its first part', { key: ADMIN_KEY.slice(0, -1) }, 401, 'INVALID_KEY'],
    ['a space after it', { key: `${ADMIN_KEY} ` }, 401, 'INVALID_KEY'],
    ['an API key', { key: `af_live_${'x'.repeat(36)}` }, 401, 'INVALID_KEY'],
    ['nothing', { key: '' }, 400, 'VALIDATION_FAILED'],
    ['1,001 characters', { key: 'x'.repeat(1_001) }, 400, 'VALIDATION_FAILED'],
    ['not a string', { key: [ADMIN_KEY] }, 400, 'VALIDATION_FAILED'],
    ['another field next to it', { key: ADMIN_KEY, remember: true }, 400, 'VALIDATION_FAILED'],
    ['no body', undefined, 400, 'VALIDATION_FAILED'],
  ])('with %s as the key sets no cookie, and the response does not repeat the key', async (_, body, status, code) => {
    const reply = await shared.callAs({}, 'POST', '/session', body);
    expect(reply).toMatchObject({ status, body: { code } });
    expect(reply.headers['set-cookie']).toBeUndefined();
    expect(JSON.stringify(reply.body)).not.toContain(ADMIN_KEY.slice(0, 10));
    expect(await shared.database.db.selectFrom('operator_sessions').selectAll().execute()).toEqual([]);
  });
});

describe('a session', () => {
  test('ends twelve hours after the sign-in, even while in use', async () => {
    control = await controlApp();
    const { read } = await signedIn(control);
    control.advance(SESSION_SECONDS * 1_000 - 1);
    expect((await read()).status).toBe(200);
    control.advance(1);
    expect(await read()).toMatchObject(ENDED);
  });

  test('ends within a second of its operator key being revoked', async () => {
    control = await controlApp();
    const { read } = await signedIn(control, await secondOperator());
    expect((await read('/plans')).status).toBe(200);
    await control.database.db.updateTable('operator_keys').set({ revoked_at: new Date() }).execute();
    control.advance(1_000);
    expect(await read('/plans')).toMatchObject(ENDED);
  });

  test('ends when the operator key in the environment is changed or removed', async () => {
    control = await controlApp();
    const { cookie } = await signedIn(control);
    for (const adminKey of [`${ADMIN_KEY}2`, null]) {
      const restarted = await controlApp({ adminKey });
      for (const row of await rows()) await restarted.database.db.insertInto('operator_sessions').values(row).execute();
      expect(await restarted.callAs(cookie, 'GET', '/session')).toMatchObject(ENDED);
      await restarted.close();
    }
    const same = await controlApp();
    for (const row of await rows()) await same.database.db.insertInto('operator_sessions').values(row).execute();
    expect((await same.callAs(cookie, 'GET', '/session')).status).toBe(200);
    await same.close();
  });

  test('is invalid when its row is changed to another operator', async () => {
    control = await controlApp();
    const { read } = await signedIn(control);
    await control.database.db.updateTable('operator_sessions').set({ operator: 'operator_other' }).execute();
    control.advance(1_000);
    expect(await read()).toMatchObject(ENDED);
  });

  test('acts as its operator key in the audit log, and shares its rate limit with other browsers', async () => {
    control = await controlApp({ adminCallsPerMinute: 3 });
    const [one, two] = [await signedIn(control), await signedIn(control)];
    await one.write('POST', '/consumers', { name: 'Ada' });
    const { data } = (await control.call('GET', '/audit?objectType=consumer')).body;
    expect(data[0].actor).toBe('env');
    expect([(await two.read()).status, (await two.read()).status]).toEqual([200, 429]);
  });
});

describe('a request with the operator key', () => {
  test('has no session, and ends none', async () => {
    control = await controlApp();
    const nothing = { operator: 'env', csrfToken: null, createdAt: null, expiresAt: null };
    expect((await control.call('GET', '/session')).body.data).toEqual(nothing);
    expect((await control.call('DELETE', '/session')).body.data).toEqual({ ended: 0 });
    expect((await control.call('DELETE', '/sessions')).body.data).toEqual({ ended: 0 });
    expect(await actions()).toEqual([]);
  });

  test('is authenticated by it alone, and its cookie is ignored', async () => {
    control = await controlApp();
    const { cookie, read } = await signedIn(control);
    const csrfFree = await control.callAs({ ...bearer, ...cookie }, 'POST', '/consumers', { name: 'Ada' });
    expect(csrfFree.status).toBe(201);
    expect((await control.callAs({ ...bearer, ...cookie }, 'DELETE', '/session')).body.data).toEqual({ ended: 0 });
    const refused = await control.callAs({ authorization: 'Bearer wrong', ...cookie }, 'GET', '/plans');
    expect([refused.status, refused.headers['set-cookie']]).toEqual([401, undefined]);
    expect((await read()).status).toBe(200);
  });
});

test('a session works next to the Authorization header of a password-protected proxy, but its writes need the CSRF token', async () => {
  control = await controlApp();
  const { cookie } = await signedIn(control);
  for (const authorization of ['Basic x', 'Digest username="a"', 'Bearer', '']) {
    expect((await control.callAs({ authorization, ...cookie }, 'GET', '/plans')).status, authorization).toBe(200);
    const forged = await control.callAs({ authorization, ...cookie }, 'POST', '/consumers', { name: 'Ada' });
    expect(forged, authorization).toMatchObject({ status: 403, body: { code: 'CSRF_REJECTED' } });
  }
});

describe('sign-out', () => {
  test('ends this session at once and clears the cookie', async () => {
    control = await controlApp();
    const [one, two] = [await signedIn(control), await signedIn(control)];
    expect(await one.write('DELETE', '/session')).toMatchObject({
      status: 200,
      headers: { 'set-cookie': NO_COOKIE },
      body: { data: { ended: 1 } },
    });
    expect(await one.read()).toMatchObject(ENDED);
    expect((await two.read()).status).toBe(200);
    expect(await actions()).toEqual([
      ['session.end', 'env'],
      ['session.create', 'env'],
      ['session.create', 'env'],
    ]);
  });

  test('everywhere ends all sessions of this operator key, counts those not expired, and leaves another operator’s', async () => {
    control = await controlApp();
    await signedIn(control);
    control.advance(1_000);
    const [one, two] = [await signedIn(control), await signedIn(control)];
    const other = await signedIn(control, await secondOperator());
    control.advance(SESSION_SECONDS * 1_000 - 1_000);
    expect(await one.write('DELETE', '/sessions')).toMatchObject({
      status: 200,
      headers: { 'set-cookie': NO_COOKIE },
      body: { data: { ended: 2 } },
    });
    expect([(await one.read()).status, (await two.read()).status, (await other.read()).status]).toEqual([401, 401, 200]);
    expect((await actions())[0]).toEqual(['session.end-all', 'env']);
  });

  test('sent twice ends one session', async () => {
    control = await controlApp();
    const browser = await signedIn(control);
    const both = await Promise.all([browser.write('DELETE', '/session'), browser.write('DELETE', '/session')]);
    expect(both.map(({ body }) => body.data?.ended ?? 0).sort()).toEqual([0, 1]);
    expect(await browser.write('DELETE', '/session')).toMatchObject(ENDED);
  });

  test('everywhere, with the operator key, ends the sessions of that key', async () => {
    control = await controlApp();
    const browser = await signedIn(control);
    expect((await control.call('DELETE', '/sessions')).body.data).toEqual({ ended: 1 });
    expect(await browser.read()).toMatchObject(ENDED);
  });
});
