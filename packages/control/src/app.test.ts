import { PROBLEM_SCHEMA } from '@api-factory/core';
import type { RouteOptions } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_KEY, type ControlApp, controlApp } from './testing/app.ts';

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp();
});
afterAll(() => control.close());

test('keys appear neither in the database nor in later responses, whatever call carried them', async () => {
  const planted = [ADMIN_KEY];
  const answers: unknown[] = [];
  const created = (await control.call('POST', '/keys', { name: 'planted', plan: 'pro' }, { 'idempotency-key': 'one' })).body.data;
  const rotated = (await control.call('POST', `/keys/${created.id}/rotate`, { overlapSeconds: 60 }, { 'idempotency-key': 'two' })).body
    .data;
  planted.push(created.key, rotated.key);
  for (const key of planted) {
    answers.push(await control.callAs({ authorization: `Bearer ${key}` }, 'GET', '/keys/me'));
    answers.push(await control.callAs({ authorization: `Bearer ${key}` }, 'GET', '/keys'));
    answers.push(await control.callAs({ 'x-api-key': key }, 'POST', '/keys', { name: key }));
    answers.push(await control.call('POST', '/consumers', { name: 'x', email: key }));
    answers.push(await control.call('GET', `/keys/${key}`));
    answers.push(await control.call('POST', '/keys', { name: 'x', plan: 'pro', consumerId: key }));
  }
  await control.call('PATCH', `/keys/${rotated.id}`, { name: 'still planted', plan: 'starter' });
  await control.call('POST', `/keys/${rotated.id}/revoke`);
  const dump = await control.dump();
  expect(dump).toContain('still planted');
  const errors = answers.map((reply) =>
    JSON.stringify((reply as { body: { instance?: string } }).body, (name, value) => (name === 'instance' ? '' : value)),
  );
  for (const key of planted) {
    expect(dump).not.toContain(key);
    expect(errors.join('\n')).not.toContain(key);
    expect(dump).not.toContain(Buffer.from(key).toString('hex'));
    expect(dump).not.toContain(Buffer.from(key).toString('base64').replace(/=*$/, '').slice(0, -1));
  }
});

/** Signing in needs no credential. */
const WITHOUT_CREDENTIAL = 'POST /api/admin/session';

test('every route has an operation id, a tag, a summary and its credential in the contract', async () => {
  const { routes, close } = await collectRoutes();
  expect(routes.length).toBeGreaterThanOrEqual(19);
  for (const { url, schema } of routes) {
    expect(schema, url).toMatchObject({
      operationId: expect.stringMatching(/^[a-z][A-Za-z]+$/),
      summary: expect.any(String),
      tags: [expect.any(String)],
      security:
        url.includes(' /api/admin/') && url !== WITHOUT_CREDENTIAL ? expect.arrayContaining([{ bearerAuth: [] }]) : expect.any(Array),
      response: { 401: { content: { 'application/problem+json': { schema: expect.any(Object) } } } },
    });
  }
  const ids = routes.map(({ schema }) => schema.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  await close();
});

test('every write that a session cookie allows documents CSRF_REJECTED in the contract, and no read does', async () => {
  const { routes, close } = await collectRoutes();
  const admin = routes.filter(({ url }) => url.includes(' /api/admin/'));
  for (const { url, schema } of admin) {
    const description = schema.response[403]?.description ?? '';
    expect(description.includes('CSRF_REJECTED'), url).toBe(!url.startsWith('GET'));
  }
  expect(admin.length).toBeGreaterThan(10);
  await close();
});

interface RouteSchema {
  operationId: string;
  response: Record<number, { description: string } | undefined>;
}

async function collectRoutes() {
  const { default: Fastify } = await import('fastify');
  const { registerControl } = await import('./app.ts');
  const app = Fastify();
  app.addSchema(PROBLEM_SCHEMA);
  const registered: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    registered.push(route);
  });
  await registerControl(app, control.context);
  await app.ready();
  // Read late: hooks of inner scopes add to a schema.
  const shown = registered.filter(({ method, schema }) => method !== 'HEAD' && schema?.hide !== true);
  const routes = shown.map(({ url, method, schema }) => ({ url: `${String(method)} ${url}`, schema: schema as unknown as RouteSchema }));
  return { routes, close: () => app.close() };
}
