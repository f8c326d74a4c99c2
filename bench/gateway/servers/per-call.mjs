/**
 * The first version of most products: every call looks up the key and inserts a usage row in
 * Postgres.
 */
import { hash } from 'node:crypto';
import pg from 'pg';
import { anApp, answer, keyOf, listen, refusal, SCHEMA } from './echo-route.mjs';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

const app = anApp();
app.addHook('onRequest', async (request, reply) => {
  const { rows } = await pool.query({
    name: 'key',
    text: 'select id, quota from keys where hash = $1',
    values: [hash('sha256', keyOf(request) ?? '', 'hex')],
  });
  if (!rows[0]) return reply.code(401).send(refusal);
  request.keyId = rows[0].id;
});
app.post('/api/v1/actions', { schema: SCHEMA }, async (request) => {
  await pool.query({
    name: 'usage',
    text: 'insert into usage (key_id, route, status, request_id, at) values ($1, $2, 200, $3, now())',
    values: [request.keyId, '/api/v1/actions', request.id],
  });
  return answer(request);
});
await listen(app);
