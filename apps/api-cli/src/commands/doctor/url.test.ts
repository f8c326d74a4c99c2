import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCli } from '../../testing/terminal.ts';
import type { Finding } from './finding.ts';

/** Serves the health route of a product. @returns its URL and port */
async function aProduct(uptimeSeconds: number): Promise<{ url: string; port: string }> {
  const body = JSON.stringify({ status: 'ok', version: '9.9.9', uptimeSeconds, checks: {} });
  const server = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const port = String((server.address() as AddressInfo).port);
  return { url: `http://127.0.0.1:${port}`, port };
}

async function findingOfUrl(env: NodeJS.ProcessEnv): Promise<{ finding: Finding | undefined; dataDir: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'doctor-url-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const { stdout } = await runCli(['doctor', '--json'], { PORT: '0', API_FACTORY_DATA_DIR: dataDir, ...env });
  const { checks } = JSON.parse(stdout) as { checks: Finding[] };
  return { finding: checks.find(({ check }) => check === 'API_FACTORY_URL'), dataDir };
}

describe('API_FACTORY_URL', () => {
  test('is a warning that mentions both when its product is not the one that the local checks read', async () => {
    const { url } = await aProduct(100);
    const { finding, dataDir } = await findingOfUrl({ API_FACTORY_URL: url });
    expect(finding).toMatchObject({ state: 'warn', fix: expect.stringContaining('API_FACTORY_DATA_DIR') });
    expect(finding?.detail).toContain(url);
    expect(finding?.detail).toContain(dataDir);
  });

  test('is not mentioned when it points to the configured port', async () => {
    const { url, port } = await aProduct(100);
    expect((await findingOfUrl({ API_FACTORY_URL: url, PORT: port })).finding).toBeUndefined();
  });

  test('passes when it is another address of the local product', async () => {
    const [behindProxy, local, other] = [await aProduct(100.5), await aProduct(100), await aProduct(5000)];
    expect((await findingOfUrl({ API_FACTORY_URL: behindProxy.url, PORT: local.port })).finding?.state).toBe('ok');
    expect((await findingOfUrl({ API_FACTORY_URL: other.url, PORT: local.port })).finding?.state).toBe('warn');
  });

  test('is a warning when nothing answers there, and its password is not printed', async () => {
    const { finding } = await findingOfUrl({ API_FACTORY_URL: 'http://ada:hunter2@127.0.0.1:1' });
    expect(finding).toMatchObject({ state: 'warn', detail: 'no api-factory answers at http://127.0.0.1:1' });
  });

  test('fails when it is not an http URL', async () => {
    expect((await findingOfUrl({ API_FACTORY_URL: 'localhost:8787' })).finding?.state).toBe('fail');
  });
});
