import { STATUS_CODES } from 'node:http';
import { describe, expect, test } from 'vitest';
import { CODES, type Code, isCode } from './codes.ts';

const codes = Object.keys(CODES) as Code[];

describe.each(codes)('%s', (code) => {
  const { status, title, fix } = CODES[code];

  test('has a registered HTTP error status', () => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(STATUS_CODES[status]).toBeTypeOf('string');
  });

  test('has a title without a period, and a fix that is a sentence', () => {
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(fix).toMatch(/^[A-Z].*\.$/);
  });
});

test('codes are upper-case words, so that each is a valid path below /docs/errors/', () => {
  for (const code of codes) expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
});

test('no two codes have the same title', () => {
  expect(new Set(codes.map((code) => CODES[code].title)).size).toBe(codes.length);
});

test('the codes have the statuses of the wire contract', () => {
  const statuses = Object.fromEntries(codes.map((code) => [code, CODES[code].status]));
  expect(statuses).toMatchObject({
    UNAUTHORIZED: 401,
    INVALID_KEY: 401,
    KEY_EXPIRED: 401,
    KEY_SUSPENDED: 403,
    CSRF_REJECTED: 403,
    PLAN_REQUIRED: 403,
    RATE_LIMITED: 429,
    QUOTA_EXCEEDED: 429,
    QUOTA_UNAVAILABLE: 503,
    SNAPSHOT_STALE: 503,
    METERING_UNAVAILABLE: 503,
    UNKNOWN_ACTION: 400,
    VALIDATION_FAILED: 400,
    UPSTREAM_ERROR: 502,
    UPSTREAM_TIMEOUT: 504,
    UPSTREAM_TOO_LARGE: 502,
    PAYLOAD_TOO_LARGE: 413,
    UNSUPPORTED_MEDIA_TYPE: 415,
    OVERLOADED: 503,
  });
});

test('isCode rejects other case, empty text and inherited property names', () => {
  expect(isCode('RATE_LIMITED')).toBe(true);
  expect(isCode('rate_limited')).toBe(false);
  expect(isCode('constructor')).toBe(false);
  expect(isCode('')).toBe(false);
});
