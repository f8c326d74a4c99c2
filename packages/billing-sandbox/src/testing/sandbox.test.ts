import { expect, it } from 'vitest';
import { rawRequest } from './raw-request.ts';
import { type TestSandbox, testSandbox } from './sandbox.ts';

function create(sandbox: TestSandbox, body: string) {
  const headers = { authorization: `Bearer ${sandbox.secretKey}`, 'content-type': 'application/x-www-form-urlencoded' };
  return rawRequest(`${sandbox.url}/v1/customers`, { method: 'POST', headers, body });
}

it('close() succeeds when there are no violations', async () => {
  const sandbox = await testSandbox();
  expect((await create(sandbox, 'email=a@example.com&metadata[a]=b')).status).toBe(200);
  await sandbox.close();
});

it('close() throws for a request with an unknown parameter and names it', async () => {
  const sandbox = await testSandbox();
  expect((await create(sandbox, 'mail=a@example.com')).status).toBe(400);
  await expect(sandbox.close()).rejects.toThrow('request POST /v1/customers: / must NOT have additional properties: mail');
});

it('close() ignores violations that were already read with violations()', async () => {
  const sandbox = await testSandbox();
  await create(sandbox, 'mail=a@example.com');
  expect(sandbox.violations()).toHaveLength(1);
  await sandbox.close();
});
