import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listKeys } from '@api-factory/sdk-ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { currentSession, resumeSession, signOut } from './session.ts';
import { startTransport } from './transport.ts';

const TABS = 'api-factory-session';
const asked: string[] = [];
let server: Server;

beforeAll(async () => {
  server = createServer(({ url = '' }, answer) => {
    asked.push(url);
    const data = url.startsWith('/api/admin/session') ? { operator: 'env', csrfToken: 't', expiresAt: '2030-01-01T00:00:00Z' } : [];
    answer.setHeader('content-type', 'application/json').end(JSON.stringify({ success: true, data }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubGlobal('location', { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  startTransport(() => {});
});
afterAll(() => {
  vi.unstubAllGlobals();
  server.close();
});

test('a key that somebody searches for is not in the address that is asked', async () => {
  await listKeys({ query: { search: `af_live_${'Ab3d'.repeat(9)}`, limit: 8 }, throwOnError: true });
  expect(asked.at(-1)).toBe('/api/admin/keys?search=af_live_Ab3d&limit=8');
});

test('when another tab signs out, this one does too', async () => {
  await resumeSession();
  expect(currentSession().phase).toBe('signed-in');
  const otherTab = new BroadcastChannel(TABS);
  otherTab.postMessage('ended');
  await vi.waitFor(() => expect(currentSession()).toEqual({ phase: 'signed-out', ended: true }));
  otherTab.close();
});

test('a sign-out is told to the other tabs, also when the server can’t be told', async () => {
  const heard: unknown[] = [];
  const otherTab = new BroadcastChannel(TABS);
  otherTab.onmessage = ({ data }) => heard.push(data);
  await signOut({ everywhere: false });
  await vi.waitFor(() => expect(heard).toHaveLength(1));
  server.close();
  server.closeAllConnections();
  await expect(signOut({ everywhere: false })).rejects.toThrow();
  await vi.waitFor(() => expect(heard).toHaveLength(2));
  otherTab.close();
});
