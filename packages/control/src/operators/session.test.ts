import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cookieWith, csrfTokenOf, hasExpired, NO_COOKIE, newToken, operatorMac, SESSION_SECONDS, tokensOf } from './session.ts';

const sending = (cookie?: string) => tokensOf({ headers: cookie === undefined ? {} : { cookie } } as never);

describe('a token', () => {
  test('has 256 bits, a prefix for secret scanners, and no character that must be encoded in a cookie', () => {
    expect(newToken(randomBytes)).toMatch(/^af_session_[0-9A-Za-z]{43}$/);
    expect(43 * Math.log2(62)).toBeGreaterThan(256);
    expect(new Set(Array.from({ length: 100 }, () => newToken(randomBytes))).size).toBe(100);
  });

  test('derives a unique CSRF token that does not reveal it', () => {
    const [one, other] = [newToken(randomBytes), newToken(randomBytes)];
    expect(csrfTokenOf(one)).toMatch(/^[\w-]{43}$/);
    expect(csrfTokenOf(one)).toBe(csrfTokenOf(one));
    expect(csrfTokenOf(one)).not.toBe(csrfTokenOf(other));
    expect(operatorMac(one, 'hash')).not.toBe(operatorMac(other, 'hash'));
    expect(operatorMac(one, 'hash')).not.toBe(operatorMac(one, 'another'));
  });
});

test('a session expires at expiresAt, not after it', () => {
  const session = { expiresAt: new Date(10_000) };
  expect([9_999, 10_000, 10_001].map((now) => hasExpired(session, now))).toEqual([false, true, true]);
});

describe('the cookie', () => {
  test('is hidden from scripts and other sites, valid for every path, and lasts as long as the session', () => {
    expect(cookieWith('t', { secure: false })).toBe(`af_session=t; Max-Age=${SESSION_SECONDS}; Path=/; HttpOnly; SameSite=Strict`);
    expect(cookieWith('t', { secure: true })).toBe(`af_session=t; Max-Age=${SESSION_SECONDS}; Path=/; HttpOnly; SameSite=Strict; Secure`);
    expect(NO_COOKIE).toBe('af_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict');
    expect(SESSION_SECONDS).toBe(12 * 60 * 60);
  });

  test.each([
    ['no cookie at all', undefined, []],
    ['an empty header', '', []],
    ['only others', 'a=1; xaf_session=2; af_session_=3; AF_SESSION=4', []],
    ['it alone', 'af_session=t', ['t']],
    ['it among others', 'a=1; af_session=t;b=2', ['t']],
    ['it without a value', 'af_session', ['']],
    ['a value with an equals sign', 'af_session=t=u', ['t']],
    ['two of them', 'af_session=planted; af_session=t', ['planted', 't']],
    ['as many as a browser keeps', `${'af_session=planted; '.repeat(199)}af_session=t`, [...Array(199).fill('planted'), 't']],
    ['one too many', `${'af_session=planted; '.repeat(200)}af_session=t`, Array(200).fill('planted')],
  ])('is found where there is %s', (_, header, tokens) => {
    expect(sending(header)).toEqual(tokens);
  });
});
