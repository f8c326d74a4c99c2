import { ApiError } from '@api-factory/sdk-ts';
import { describe, expect, test } from 'vitest';
import { billingLink, refusalToast } from './refusals.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
function refusal(status: number, code: string, parts: { retryAfter?: number; billingUrl?: string } = {}): ApiError {
  const error = { code, message: code, details: {} };
  const meta = { requestId: 'req_1' };
  const body = {
    type: `/docs/errors/${code}`,
    success: false,
    code,
    title: code,
    status,
    detail: 'detail',
    data: null,
    error,
    meta,
    ...parts,
  };
  const headers = new Headers(parts.retryAfter === undefined ? {} : { 'retry-after': String(parts.retryAfter) });
  return new ApiError(body, new Response(null, { status, headers }), 'http://127.0.0.1/api/v1/actions');
}

describe('the toast for a refused call', () => {
  test.each([
    [refusal(429, 'RATE_LIMITED', { retryAfter: 12 }), 'Wait 12 s, then try again.'],
    [
      refusal(429, 'QUOTA_EXCEEDED', { retryAfter: 6 * 86_400 }),
      'The quota resets Dec 1. Wait until then, or move the key to a larger plan.',
    ],
    [
      refusal(429, 'QUOTA_EXCEEDED', { retryAfter: 90 }),
      'The quota resets in 1 min 30 s. Wait until then, or move the key to a larger plan.',
    ],
    [refusal(403, 'KEY_SUSPENDED'), 'Settle its open payment, or resume the key on its page.'],
    [refusal(403, 'PLAN_REQUIRED'), 'Its plan does not include the actions API. Move the key to a plan that does.'],
    [refusal(401, 'INVALID_KEY'), 'It is revoked or incomplete. Paste or create another key.'],
    [refusal(401, 'KEY_EXPIRED'), 'Create another key, or set a later expiry on its page.'],
    [refusal(401, 'UNAUTHORIZED'), 'Paste or create a key, then send again.'],
    [refusal(403, 'SOMETHING_NEW'), 'detail'],
  ])('says what to do', (error, message) => {
    expect(refusalToast(error, NOW)?.message).toBe(message);
  });

  test('replaces only an earlier toast with the same code', () => {
    const causes = [refusal(429, 'RATE_LIMITED'), refusal(429, 'RATE_LIMITED'), refusal(429, 'QUOTA_EXCEEDED')].map(
      (error) => refusalToast(error, NOW)?.cause,
    );
    expect(new Set(causes).size).toBe(2);
  });

  test('links to the billing portal when the response has its URL', () => {
    const url = 'https://pay.example/portal';
    expect(refusalToast(refusal(403, 'KEY_SUSPENDED', { billingUrl: url }), NOW)?.link?.href).toBe(url);
    expect(refusalToast(refusal(403, 'KEY_SUSPENDED'), NOW)).not.toHaveProperty('link');
  });

  test.each([null, new Error('offline'), refusal(400, 'VALIDATION_FAILED'), refusal(500, 'INTERNAL_ERROR')])(
    'is not shown for %s',
    (error) => {
      expect(refusalToast(error, NOW)).toBeNull();
    },
  );
});

test('only http and https URLs become links', () => {
  expect(billingLink('http://127.0.0.1:9101/portal')).toBe('http://127.0.0.1:9101/portal');
  for (const url of ['javascript:alert(1)', 'data:text/html,x', '/portal', '', null]) expect(billingLink(url)).toBeNull();
});
