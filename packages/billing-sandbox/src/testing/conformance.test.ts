import { describe, expect, it } from 'vitest';
import { createConformanceCheck } from './conformance.ts';

/** The violations of one response. */
function responseViolations(body: unknown): string[] {
  const check = createConformanceCheck();
  check.see({ kind: 'response', method: 'GET', path: '/v1/x', status: 200, body });
  return check.violations();
}

/** The violations of one request's parameters. */
function requestViolations(method: string, path: string, body: unknown): string[] {
  const check = createConformanceCheck();
  check.see({ kind: 'request', method, path, status: null, body });
  return check.violations();
}

function aRefund(given: Record<string, unknown> = {}) {
  return {
    id: 're_1',
    object: 'refund',
    amount: 900,
    balance_transaction: null,
    charge: 'ch_1',
    created: 1,
    currency: 'usd',
    customer: 'cus_1',
    customer_account: null,
    metadata: {},
    payment_intent: 'pi_1',
    payment_method: null,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
    ...given,
  };
}

function aList(data: unknown[]) {
  return { object: 'list', data, has_more: false, url: '/v1/refunds' };
}

function anEvent(object: unknown, given: Record<string, unknown> = {}) {
  return {
    id: 'evt_1',
    object: 'event',
    api_version: null,
    created: 1,
    data: { object },
    livemode: false,
    pending_webhooks: 0,
    request: null,
    type: 'refund.created',
    ...given,
  };
}

describe('a response or event', () => {
  it('conforms when it matches the types', () => {
    expect(responseViolations(aRefund())).toEqual([]);
    expect(responseViolations(aList([aRefund(), aRefund({ id: 're_2' })]))).toEqual([]);
    expect(responseViolations(anEvent(aRefund()))).toEqual([]);
    expect(responseViolations({ id: 'cus_1', object: 'customer', deleted: true })).toEqual([]);
    expect(responseViolations({ error: { type: 'card_error', code: 'card_declined', message: 'Your card was declined.' } })).toEqual([]);
  });

  it('is reported for a missing field', () => {
    const { currency: _, ...without } = aRefund();
    expect(responseViolations(without)).toEqual(["response GET /v1/x 200: / must have required property 'currency'"]);
  });

  it('is reported for a value of the wrong type', () => {
    expect(responseViolations(aRefund({ amount: '900' }))).toEqual(['response GET /v1/x 200: /amount must be number']);
    expect(responseViolations(aRefund({ metadata: { a: 1 } }))).toEqual(['response GET /v1/x 200: /metadata/a must be string']);
  });

  it('is reported for a field that is not in the type', () => {
    expect(responseViolations(aRefund({ livemode: false }))).toEqual([
      'response GET /v1/x 200: / must NOT have additional properties: livemode',
    ]);
  });

  it('accepts any value of an open enum and only the listed values of a closed one', () => {
    expect(responseViolations(aRefund({ reason: 'some_new_reason' }))).toEqual([]);
    expect(responseViolations(anEvent(aRefund(), { type: 'refund.eaten' }))[0]).toMatch(
      /: \/type must be equal to one of the allowed values/,
    );
  });

  it('is reported with the path inside a list or event', () => {
    expect(responseViolations(aList([aRefund(), aRefund({ created: null })]))).toEqual([
      'response GET /v1/x 200: /data/1/created must be number',
    ]);
    expect(responseViolations(anEvent(aRefund({ created: null })))).toEqual([
      'response GET /v1/x 200: /data/object/created must be number',
    ]);
  });

  it('is reported when there is no type for it', () => {
    expect(responseViolations({ object: 'unicorn' })[0]).toMatch(/"unicorn"/);
    expect(responseViolations('ok')).toEqual(['response GET /v1/x 200: / is not an object']);
    expect(responseViolations({ error: { type: 'sandbox_error' } })).toHaveLength(2);
  });
});

describe('a request', () => {
  it('conforms when its parameters match the types, with numbers and booleans as strings', () => {
    expect(requestViolations('POST', '/v1/refunds', { charge: 'ch_1', amount: '900', metadata: { a: 'b' } })).toEqual([]);
    expect(
      requestViolations('GET', '/v1/subscriptions', { limit: '100', status: 'all', created: { gte: '17' }, expand: ['data.customer'] }),
    ).toEqual([]);
    expect(
      requestViolations('POST', '/v1/subscriptions/sub_1', { cancel_at_period_end: 'true', items: [{ id: 'si_1', price: 'price_1' }] }),
    ).toEqual([]);
    expect(requestViolations('DELETE', '/v1/customers/cus_1', {})).toEqual([]);
  });

  it('is reported for an unknown parameter at any depth', () => {
    expect(requestViolations('POST', '/v1/customers', { mail: 'a@b.c' })).toEqual([
      'request POST /v1/customers: / must NOT have additional properties: mail',
    ]);
    expect(requestViolations('POST', '/v1/subscriptions/sub_1', { items: [{ plan_id: 'x' }] })).toEqual([
      'request POST /v1/subscriptions/sub_1: /items/0 must NOT have additional properties: plan_id',
    ]);
  });

  it('is reported for a missing parameter or one of the wrong type', () => {
    expect(requestViolations('POST', '/v1/billing_portal/sessions', { return_url: 5 })).toEqual([]);
    expect(requestViolations('POST', '/v1/prices', { unit_amount: '9' })).toEqual([
      "request POST /v1/prices: / must have required property 'currency'",
    ]);
    expect(requestViolations('GET', '/v1/refunds', { limit: 'ten' })).toEqual(['request GET /v1/refunds: /limit must be number']);
  });

  it('is reported when its route is not listed', () => {
    expect(requestViolations('POST', '/v1/payouts', {})[0]).toMatch(/has no parameters/);
  });
});

it('violations() reports each violation once', () => {
  const check = createConformanceCheck();
  check.see({ kind: 'event', method: null, path: 'refund.created', status: null, body: {} });
  expect(check.violations()).toHaveLength(1);
  expect(check.violations()).toEqual([]);
});

it('an object is checked as it was when it was recorded, whatever changes later', () => {
  const check = createConformanceCheck();
  const body = aRefund();
  check.see({ kind: 'response', method: 'GET', path: '/v1/x', status: 200, body });
  body.amount = 'none' as never;
  expect(check.violations()).toEqual([]);
});
