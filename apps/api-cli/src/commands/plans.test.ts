import { describe, expect, test } from 'vitest';
import { adminStub, aPlan, problem, type Reply, type StubRequest, success } from '../testing/admin-stub.ts';
import { runCli } from '../testing/terminal.ts';

describe('plans set', () => {
  const absent = ({ method }: StubRequest): Reply => (method === 'GET' ? problem(404, 'NOT_FOUND', 'no') : success(aPlan()));

  test('creates a missing plan with the defaults month, 60 s and usd', async () => {
    const { env, requests } = await adminStub(absent);
    const args = ['plans', 'set', 'team', '--name', 'Team', '--quota', '1000', '--rate', '60', '--price', '1900'];
    expect((await runCli(args, env)).exitCode).toBe(0);
    expect(requests[1]).toMatchObject({
      method: 'POST',
      url: '/api/admin/plans',
      body: {
        id: 'team',
        name: 'Team',
        quota: { limit: 1000, period: 'month' },
        rate: { limit: 60, windowSeconds: 60 },
        price: { amountCents: 1900, currency: 'usd', interval: 'month' },
        apis: null,
      },
    });
  });

  test('lists the options that a new plan requires, and creates nothing', async () => {
    const { env, requests } = await adminStub(absent);
    const outcome = await runCli(['plans', 'set', 'team', '--quota', '5'], env);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain('a new plan needs --name, --rate');
    expect(requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test('keeps the fields without an option, and moves entitlements unless --existing is keep', async () => {
    const before = aPlan({ price: { amountCents: 1, currency: 'eur', interval: 'year' }, apis: ['hello'] });
    const { env, requests } = await adminStub(({ method }) => success(method === 'GET' ? before : aPlan({ version: 2 })));
    await runCli(['plans', 'set', 'team', '--quota', 'unlimited'], env);
    await runCli(['plans', 'set', 'team', '--rate', '0', '--existing', 'keep'], env);
    const { name, quota, rate, price, apis } = before;
    expect(requests[1]).toMatchObject({ method: 'PUT', url: '/api/admin/plans/team' });
    expect(requests[1]?.body).toEqual({ name, quota: { ...quota, limit: null }, rate, price, apis, existing: 'now' });
    expect(requests[3]?.body).toEqual({ name, quota, rate: { ...rate, limit: 0 }, price, apis, existing: 'keep' });
  });

  test.each([
    [{ version: 2, moved: 3 }, 'Plan team is now at version 2. All its entitlements have moved to it.'],
    [
      { version: 2, moved: 500, moving: 99_500 },
      'at version 2. 500 of its entitlements have moved to it; 99500 more follow in the background.',
    ],
    [{ version: 1, moved: 7 }, 'Plan team is at version 1. All its entitlements have moved to it.'],
    [{ version: 1 }, 'Plan team is unchanged.'],
  ])('after %j prints: %s', async (edited, message) => {
    const { env } = await adminStub(({ method }) => success(method === 'GET' ? aPlan() : aPlan(edited)));
    const outcome = await runCli(['plans', 'set', 'team', '--quota', '5'], env);
    expect(outcome.stderr + outcome.stdout).toContain(message);
  });

  test('reports any error except "not found" instead of creating a plan', async () => {
    const { env, requests } = await adminStub(() => problem(401, 'INVALID_KEY', 'no'));
    expect((await runCli(['plans', 'set', 'team', '--name', 'T', '--quota', '1', '--rate', '1'], env)).exitCode).toBe(1);
    expect(requests).toHaveLength(1);
  });

  test.each([
    ['hello, weather', ['hello', 'weather']],
    ['all', null],
  ])('--apis "%s" sends %j', async (text, apis) => {
    const { env, requests } = await adminStub(({ method }) => success(method === 'GET' ? aPlan({ apis: ['actions'] }) : aPlan({ apis })));
    const { stdout } = await runCli(['plans', 'set', 'team', '--apis', text], env);
    expect(requests[1]).toMatchObject({ method: 'PUT', body: { apis } });
    expect(stdout).toMatch(apis === null ? /APIS.*\n.* all / : /APIS.*\n.* hello,weather /);
  });

  test('rejects --apis with an empty slug', async () => {
    const { env, requests } = await adminStub(absent);
    expect(await runCli(['plans', 'set', 'team', '--apis', 'hello,'], env)).toMatchObject({ exitCode: 2 });
    expect(requests).toEqual([]);
  });

  test.each(['-1', '1.5', 'many', '9000000000000001', ''])('rejects a quota of "%s"', async (quota) => {
    const { env, requests } = await adminStub(absent);
    expect((await runCli(['plans', 'set', 'team', '--quota', quota], env)).exitCode).toBe(2);
    expect(requests).toEqual([]);
  });
});

describe('the price of a plan', () => {
  const aPricedPlan = (price: object | null) => ({
    id: 'team',
    name: 'Team',
    version: 2,
    entitlements: 0,
    quota: { limit: 5, period: 'month' },
    rate: { limit: 1, windowSeconds: 60 },
    price,
    apis: null,
  });
  const yen = { amountCents: 4900, currency: 'jpy', interval: 'month' };

  test('is formatted with the decimal digits of its currency', async () => {
    const { env } = await adminStub(() =>
      success([aPricedPlan(yen), aPricedPlan({ ...yen, currency: 'usd' }), aPricedPlan({ ...yen, currency: 'kwd' })]),
    );
    const { stdout } = await runCli(['plans', 'list'], env);
    for (const text of ['JPY 4,900/month', 'USD 49.00/month', 'KWD 4.900/month']) expect(stdout).toContain(text);
  });

  test('is removed by --price none, and the message mentions the push that archives it in Stripe', async () => {
    const { env, requests } = await adminStub(({ method }) => success(aPricedPlan(method === 'GET' ? yen : null)));
    const { stderr } = await runCli(['plans', 'set', 'team', '--price', 'none'], env);
    expect(requests[1]).toMatchObject({ method: 'PUT', body: { price: null, name: 'Team' } });
    expect(stderr).toContain('plans push');
  });
});

test('plans delete deletes a plan, and exits with 1 when it is in use', async () => {
  const { env, requests } = await adminStub(() => success({ id: 'team' }));
  expect(await runCli(['plans', 'delete', 'team', '--yes'], env)).toMatchObject({ exitCode: 0, stderr: 'Deleted plan team.\n' });
  expect(requests).toMatchObject([{ method: 'DELETE', url: '/api/admin/plans/team' }]);
  const used = await adminStub(() => problem(409, 'PLAN_IN_USE', 'It is in use.'));
  expect(await runCli(['plans', 'delete', 'team'], used.env)).toMatchObject({ exitCode: 1, stdout: '' });
});
