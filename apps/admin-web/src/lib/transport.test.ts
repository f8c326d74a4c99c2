import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listKeys } from '@api-factory/sdk-ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { currentSession, resumeSession, signOut } from './session.ts';
import { startTransport } from './transport.ts';

const CHANNEL = 'api-factory-session';
const requestUrls: string[] = [];
let server: Server;

beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    requestUrls.push(url);
    const data = url.startsWith('/api/admin/session') ? { operator: 'env', csrfToken: 't', expiresAt: '2030-01-01T00:00:00Z' } : [];
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ success: true, data }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubGlobal('location', { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  startTransport(() => {});
});
afterAll(() => {
  vi.unstubAllGlobals();
  server.close();
});

test('searching for a full key does not put it into the request URL', async () => {
  await listKeys({ query: { search: `af_live_${'Ab3d'.repeat(9)}`, limit: 8 }, throwOnError: true });
  expect(requestUrls.at(-1)).toBe('/api/admin/keys?search=af_live_Ab3d&limit=8');
});

test('a sign-out in another tab signs out this one', async () => {
  await resumeSession();
  expect(currentSession().phase).toBe('signed-in');
  const otherTab = new BroadcastChannel(CHANNEL);
  otherTab.postMessage('ended');
  await vi.waitFor(() => expect(currentSession()).toEqual({ phase: 'signed-out', ended: true }));
  otherTab.close();
});

test('a sign-out reaches the other tabs, even when the server is unreachable', async () => {
  const messages: unknown[] = [];
  const otherTab = new BroadcastChannel(CHANNEL);
  otherTab.onmessage = ({ data }) => messages.push(data);
  await signOut({ everywhere: false });
  await vi.waitFor(() => expect(messages).toHaveLength(1));
  server.close();
  server.closeAllConnections();
  await expect(signOut({ everywhere: false })).rejects.toThrow();
  await vi.waitFor(() => expect(messages).toHaveLength(2));
  otherTab.close();
});
