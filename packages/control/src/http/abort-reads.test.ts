import { request } from 'node:http';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_KEY, type ControlApp, controlApp } from '../testing/app.ts';

let control: ControlApp;
let address: string;
beforeAll(async () => {
  control = await controlApp();
  address = await control.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => control.close());

/** Sessions of the server that wait for `table`. */
async function waiting(table: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from pg_locks where relation = to_regclass(${table}) and not granted`.execute(control.database.db);
  return rows[0]?.n ?? 0;
}

/** Sends a request that the test can abort. */
function send(method: string, path: string, body?: object) {
  const sent = request(`${address}/api/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, ...(body ? { 'content-type': 'application/json' } : {}) },
  });
  sent.on('error', () => {});
  sent.end(body ? JSON.stringify(body) : undefined);
  return sent;
}

test('a read is cancelled on the server when its client disconnects, and does not block its connection', async () => {
  await control.database.db.transaction().execute(async (tx) => {
    await sql`lock table consumers in access exclusive mode`.execute(tx);
    const read = send('GET', '/consumers');
    await expect.poll(() => waiting('consumers')).toBe(1);
    read.destroy();
    await expect.poll(() => waiting('consumers')).toBe(0);
  });
  expect((await control.call('GET', '/consumers')).status).toBe(200);
  control.faults.length = 0;
});

test('a write continues when its client disconnects', async () => {
  await control.database.db.transaction().execute(async (tx) => {
    await sql`lock table consumers in access exclusive mode`.execute(tx);
    const write = send('POST', '/consumers', { name: 'left before the answer' });
    await expect.poll(() => waiting('consumers')).toBe(1);
    write.destroy();
    await sql`select pg_sleep(0.2)`.execute(tx);
    expect(await waiting('consumers')).toBe(1);
  });
  await expect
    .poll(async () => (await control.call('GET', '/consumers')).body.data.map(({ name }: { name: string }) => name))
    .toEqual(['left before the answer']);
});
