import { describe, expect, test } from 'vitest';
import { aConsumer, adminStub, success } from '../testing/admin-stub.ts';
import { runCli } from '../testing/terminal.ts';

describe('consumers', () => {
  test('list prints a table, and sends its filter', async () => {
    const { env, requests } = await adminStub(() => success([aConsumer(), aConsumer({ id: 'consumer_2', email: null })]));
    const { stdout, exitCode } = await runCli(['consumers', 'list', '--search', 'ada'], env);
    expect(exitCode).toBe(0);
    expect(requests[0]?.url).toBe('/api/admin/consumers?search=ada&limit=50');
    expect(stdout).toMatch(/^ID +NAME +EMAIL +KEYS +CREATED\nconsumer_1 +Ada +ada@example.com +2 +2026.*\nconsumer_2 +Ada +- +2 /);
  });

  test('list --json follows the cursors', async () => {
    const { env, requests } = await adminStub(({ url }) => success([aConsumer()], url.includes('cursor') ? null : 'next'));
    const { stdout } = await runCli(['consumers', 'list', '--json'], env);
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect(requests.map(({ url }) => url)).toEqual(['/api/admin/consumers?limit=50', '/api/admin/consumers?limit=49&cursor=next']);
  });

  test('show escapes the id in its path', async () => {
    const { env, requests } = await adminStub(() => success(aConsumer()));
    expect((await runCli(['consumers', 'show', 'consumer/1'], env)).stdout).toMatch(/\nconsumer_1 +Ada /);
    expect(JSON.parse((await runCli(['consumers', 'show', 'consumer/1', '--json'], env)).stdout)).toEqual(aConsumer());
    expect(requests[0]).toMatchObject({ method: 'GET', url: '/api/admin/consumers/consumer%2F1' });
  });

  test('create prints only the id on standard output', async () => {
    const { env, requests } = await adminStub(() => success(aConsumer()));
    const { stdout, stderr } = await runCli(['consumers', 'create', '--name', 'Ada', '--email', 'ada@example.com'], env);
    expect([stdout, stderr]).toEqual(['consumer_1\n', 'Created consumer Ada.\n']);
    expect(requests).toMatchObject([{ method: 'POST', url: '/api/admin/consumers', body: { name: 'Ada', email: 'ada@example.com' } }]);
  });

  test('create --json prints the complete consumer, and sends no email without --email', async () => {
    const { env, requests } = await adminStub(() => success(aConsumer({ email: null })));
    const { stdout } = await runCli(['consumers', 'create', '--name', 'Ada', '--json'], env);
    expect(JSON.parse(stdout)).toEqual(aConsumer({ email: null }));
    expect(requests[0]?.body).toEqual({ name: 'Ada' });
  });
});
