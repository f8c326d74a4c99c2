import { describe, expect, it } from 'vitest';
import { createConformanceCheck } from './conformance.ts';

/** What does not fit in one answer. */
function answered(body: unknown): string[] {
  const check = createConformanceCheck();
  check.see({ kind: 'response', method: 'GET', path: '/v1/x', status: 200, body });
  return check.violations();
}

/** What does not fit in the parameters of one call. */
function asked(method: string, path: string, body: unknown): string[] {
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

describe('what the sandbox answers and emits', () => {
  it('fits when it is as the types say', () => {
    expect(answered(aRefund())).toEqual([]);
    expect(answered(aList([aRefund(), aRefund({ id: 're_2' })]))).toEqual([]);
    expect(answered(anEvent(aRefund()))).toEqual([]);
    expect(answered({ id: 'cus_1', object: 'customer', deleted: true })).toEqual([]);
    expect(answered({ error: { type: 'card_error', code: 'card_declined', message: 'Your card was declined.' } })).toEqual([]);
  });

  it('is reported with a missing field', () => {
    const { currency: _, ...without } = aRefund();
    expect(answered(without)).toEqual(["response GET /v1/x 200: / must have required property 'currency'"]);
  });

  it('is reported with a value of a wrong type', () => {
    expect(answered(aRefund({ amount: '900' }))).toEqual(['response GET /v1/x 200: /amount must be number']);
    expect(answered(aRefund({ metadata: { a: 1 } }))).toEqual(['response GET /v1/x 200: /metadata/a must be string']);
  });

  it('is reported with a field that the type does not have', () => {
    expect(answered(aRefund({ livemode: false }))).toEqual(['response GET /v1/x 200: / must NOT have additional properties: livemode']);
  });

  it('takes any word of an open enum and only the known words of a closed one', () => {
    expect(answered(aRefund({ reason: 'some_new_reason' }))).toEqual([]);
    expect(answered(anEvent(aRefund(), { type: 'refund.eaten' }))[0]).toMatch(/: \/type must be equal to one of the allowed values/);
  });

  it('is reported with where in a list or an event it lies', () => {
    expect(answered(aList([aRefund(), aRefund({ created: null })]))).toEqual(['response GET /v1/x 200: /data/1/created must be number']);
    expect(answered(anEvent(aRefund({ created: null })))).toEqual(['response GET /v1/x 200: /data/object/created must be number']);
  });

  it('is reported when no type is known for it', () => {
    expect(answered({ object: 'unicorn' })[0]).toMatch(/"unicorn"/);
    expect(answered('ok')).toEqual(['response GET /v1/x 200: / is no object']);
    expect(answered({ error: { type: 'sandbox_error' } })).toHaveLength(2);
  });
});

describe('what the sandbox is asked', () => {
  it('fits when the parameters are those of the call, numbers and booleans as text', () => {
    expect(asked('POST', '/v1/refunds', { charge: 'ch_1', amount: '900', metadata: { a: 'b' } })).toEqual([]);
    expect(asked('GET', '/v1/subscriptions', { limit: '100', status: 'all', created: { gte: '17' }, expand: ['data.customer'] })).toEqual(
      [],
    );
    expect(asked('POST', '/v1/subscriptions/sub_1', { cancel_at_period_end: 'true', items: [{ id: 'si_1', price: 'price_1' }] })).toEqual(
      [],
    );
    expect(asked('DELETE', '/v1/customers/cus_1', {})).toEqual([]);
  });

  it('is reported with an unknown parameter, at any depth', () => {
    expect(asked('POST', '/v1/customers', { mail: 'a@b.c' })).toEqual([
      'request POST /v1/customers: / must NOT have additional properties: mail',
    ]);
    expect(asked('POST', '/v1/subscriptions/sub_1', { items: [{ plan_id: 'x' }] })).toEqual([
      'request POST /v1/subscriptions/sub_1: /items/0 must NOT have additional properties: plan_id',
    ]);
  });

  it('is reported with a missing parameter and one of a wrong type', () => {
    expect(asked('POST', '/v1/billing_portal/sessions', { return_url: 5 })).toEqual([]);
    expect(asked('POST', '/v1/prices', { unit_amount: '9' })).toEqual([
      "request POST /v1/prices: / must have required property 'currency'",
    ]);
    expect(asked('GET', '/v1/refunds', { limit: 'ten' })).toEqual(['request GET /v1/refunds: /limit must be number']);
  });

  it('is reported when the call is not known', () => {
    expect(asked('POST', '/v1/payouts', {})[0]).toMatch(/names no parameters/);
  });
});

it('what was reported once is taken out', () => {
  const check = createConformanceCheck();
  check.see({ kind: 'event', method: null, path: 'refund.created', status: null, body: {} });
  expect(check.violations()).toHaveLength(1);
  expect(check.violations()).toEqual([]);
});

it('an object is checked as it was when it was seen', () => {
  const check = createConformanceCheck();
  const body = aRefund();
  check.see({ kind: 'response', method: 'GET', path: '/v1/x', status: 200, body });
  body.amount = 'none' as never;
  expect(check.violations()).toEqual([]);
});
