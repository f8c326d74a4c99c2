import { afterEach, describe, expect, it } from 'vitest';
import { aGateway, type TestGateway, type TestGatewayOptions } from './testing/gateway.ts';

let gateway: TestGateway;
const start = async (options: TestGatewayOptions = {}): Promise<TestGateway> => {
  gateway = await aGateway(options);
  return gateway;
};
afterEach(() => gateway.close());
const run = (name: string, payload: object = {}) => gateway.post({ action: name, payload });

describe('the RateLimit headers', () => {
  it('count down from limit 6 and refuse the seventh call', async () => {
    const { clock, snapshot } = await start({ quota: 1_000, plan: { rateLimit: 6 } });
    clock.ms += 23_000;
    const answers = [];
    for (let i = 0; i < 7; i++) answers.push(await run('echo'));
    expect(answers.map((answer) => answer.headers['x-ratelimit-remaining'])).toEqual(['5', '4', '3', '2', '1', '0', '0']);
    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200, 200, 200, 200, 429]);
    const last = answers[6]!;
    expect(last.headers).toMatchObject({ 'ratelimit-policy': '"rate";q=6;w=60, "quota";q=1000', 'x-ratelimit-limit': '6' });
    const t = Number(/"rate";r=0;t=(\d+)/.exec(String(last.headers.ratelimit))?.[1]);
    expect(t).toBe(37);
    expect(Number(last.headers['retry-after'])).toBeGreaterThanOrEqual(t);
    expect(last.json()).toMatchObject({ code: 'RATE_LIMITED', error: { details: { policy: 'rate', limit: 6 } } });
    clock.ms += Number(last.headers['retry-after']) * 1_000;
    await snapshot.refresh();
    expect((await run('echo')).statusCode).toBe(200);
  });

  it('state the limit with fewer units left', async () => {
    await start({ quota: 3, plan: { rateLimit: 10 } });
    expect((await run('echo')).headers).toMatchObject({ 'x-ratelimit-limit': '3', 'x-ratelimit-remaining': '2' });
  });

  it('are absent when nothing is limited', async () => {
    await start({ quota: null });
    const { headers } = await run('echo');
    expect(Object.keys(headers).filter((name) => name.includes('ratelimit'))).toEqual([]);
  });
});

describe('credentials', () => {
  it('that are invalid get 429 after too many from one address; a valid one still passes', async () => {
    await start({ failedCredentialsPerMinute: 3 });
    const wrong = (key: string) => gateway.post({ action: 'echo', payload: {} }, { key });
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await wrong(`wrong-${i}`)).statusCode);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await run('echo')).statusCode).toBe(200);
  });

  it('that are missing get a challenge without an error, invalid ones with an error', async () => {
    const { app } = await start();
    const none = await app.inject({ method: 'POST', url: '/api/v1/actions', payload: {} });
    expect([none.statusCode, none.json().code, none.headers['www-authenticate']]).toEqual([
      401,
      'UNAUTHORIZED',
      'Bearer realm="api-factory"',
    ]);
    const wrong = await gateway.post({}, { key: 'af_live_x' });
    expect([wrong.json().code, wrong.headers['www-authenticate']]).toEqual([
      'INVALID_KEY',
      'Bearer realm="api-factory", error="invalid_token"',
    ]);
    const two = await gateway.post({}, { headers: { 'x-api-key': 'other' } });
    expect([two.statusCode, two.json().code]).toEqual([400, 'CREDENTIAL_CONFLICT']);
  });
});

describe('a suspended key', () => {
  const MANAGE = 'https://api.example.org/checkout/manage';

  it('suspended by its subscription gets a link to settle it', async () => {
    await start({ keyRow: { status: 'suspended', byBilling: true }, billingUrl: MANAGE });
    const { statusCode, body } = await run('echo');
    expect([statusCode, JSON.parse(body)]).toMatchObject([
      403,
      { code: 'KEY_SUSPENDED', billingUrl: MANAGE, error: { details: { billingUrl: MANAGE } } },
    ]);
  });

  it.each([
    ['suspended by the operator', { keyRow: { status: 'suspended' as const }, billingUrl: MANAGE }],
    ['without a billing page', { keyRow: { status: 'suspended' as const, byBilling: true }, billingUrl: null }],
  ])('%s gets no link', async (_, options) => {
    await start(options);
    const answer = await run('echo');
    expect([answer.statusCode, answer.json()]).toMatchObject([403, { code: 'KEY_SUSPENDED', error: { details: {} } }]);
    expect(answer.body).not.toContain('billingUrl');
  });
});
