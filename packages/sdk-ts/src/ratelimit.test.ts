import { assert, property, record, string, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateLimitsOf, retryAfterSecondsOf } from './ratelimit.ts';

const POLICY = '"rate";q=60;w=60, "quota";q=10000';
const STATE = '"rate";r=12;t=37, "quota";r=8421;t=1123200';
const limitsOf = (policy: string, state: string) => rateLimitsOf(new Headers({ 'ratelimit-policy': policy, ratelimit: state }));

describe('RateLimit fields', () => {
  it('are read from headers and from a response', () => {
    const headers = { 'ratelimit-policy': POLICY, ratelimit: STATE };
    const limits = {
      rate: { limit: 60, remaining: 12, resetSeconds: 37, windowSeconds: 60 },
      quota: { limit: 10_000, remaining: 8_421, resetSeconds: 1_123_200, windowSeconds: null },
    };
    expect(rateLimitsOf(new Headers(headers))).toEqual(limits);
    expect(rateLimitsOf(new Response(null, { headers }))).toEqual(limits);
  });

  it('contain only the rate for a key without a quota', () => {
    expect(limitsOf('"rate";q=60;w=60', '"rate";r=0;t=1')).toEqual({
      rate: { limit: 60, remaining: 0, resetSeconds: 1, windowSeconds: 60 },
    });
  });

  it('are empty when the headers are missing', () => expect(rateLimitsOf(new Headers())).toEqual({}));

  it.each([
    ['one field is missing', POLICY, ''],
    ['an item has no name', 'q=60;w=60', 'r=12;t=37'],
    ['a name is a token', 'rate;q=60;w=60', 'rate;r=12;t=37'],
    ['a value is not an integer', '"rate";q=many;w=60', '"rate";r=-1;t=3.5'],
    ['a parameter is missing', '"rate";w=60', '"rate";r=12'],
    ['a quote is not closed', '"rate;q=60;w=60', '"rate;r=12;t=37'],
    ['a number is beyond RFC 9651', '"rate";q=1000000000000000', '"rate";r=1;t=1'],
  ])('are empty when %s', (_case, policy, state) => expect(limitsOf(policy, state)).toEqual({}));

  it('ignore other policies, and lookalikes inside strings', () => {
    expect(limitsOf(`"a, \\"rate\\"";q=1;w=1, ${POLICY}`, `"burst";r=1;t=1;pk="x;r=9, 9", ${STATE}`)).toEqual(limitsOf(POLICY, STATE));
  });

  it('may span several header lines, with other parameters and spaces', () => {
    const headers = new Headers({ 'ratelimit-policy': '"rate" ; q=60; w=60;qu="requests"', ratelimit: '"rate"; r=1 ;t=2;pk=:YQ==:' });
    headers.append('ratelimit-policy', '"quota";q=5');
    headers.append('ratelimit', '"quota";r=4;t=3');
    expect(rateLimitsOf(headers)).toMatchObject({ rate: { limit: 60, remaining: 1, resetSeconds: 2 }, quota: { limit: 5, remaining: 4 } });
  });

  it('never cause an exception, regardless of their content', () => {
    const field = string({ unit: 'binary-ascii' }).map((value) => value.replace(/[^\x20-\x7e]/g, ''));
    assert(property(record({ policy: field, state: field }), ({ policy, state }) => void limitsOf(policy, state)));
    assert(property(tuple(field, field), ([a, b]) => void limitsOf(`"rate";q=1${a}${b}`, `"rate";r=1;t=1${b}${a}`)));
  });

  it('are read in linear time', () => {
    const startedAt = performance.now();
    for (const evil of ['"'.repeat(20_000), '"\\'.repeat(10_000), '"a";'.repeat(5_000), `"a"${';b="'.repeat(5_000)}`, ' '.repeat(20_000)])
      limitsOf(evil, evil);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);
  const secondsOf = (value: string) => retryAfterSecondsOf(new Headers({ 'retry-after': value }), now);

  it('is read as seconds', () => expect(['0', '1', '3600'].map(secondsOf)).toEqual([0, 1, 3_600]));

  it('is read as a date and rounded up, or 0 for a past date', () => {
    expect(secondsOf('Thu, 01 Jan 2026 00:00:10 GMT')).toBe(10);
    expect(retryAfterSecondsOf(new Headers({ 'retry-after': 'Thu, 01 Jan 2026 00:00:10 GMT' }), now + 1)).toBe(10);
    expect(secondsOf('Wed, 31 Dec 2025 23:59:59 GMT')).toBe(0);
  });

  it('is null when it is missing or can’t be read', () => {
    expect(['', 'soon', '-1', '1.5', 'soon 5', 'never GMT'].map(secondsOf)).toEqual(Array(6).fill(null));
    expect(retryAfterSecondsOf(new Headers(), now)).toBeNull();
  });
});
