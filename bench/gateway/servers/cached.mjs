/**
 * A careful handwritten guard: caches key rows for a minute, counts per key in memory, and inserts
 * usage rows in batches. A crash loses the queue, and after a restart the quota counts from zero.
 */
import { hash } from 'node:crypto';
import pg from 'pg';
import { anApp, answer, keyOf, listen, refusal, SCHEMA } from './echo-route.mjs';

const CACHE_MS = 60_000;
const FLUSH_MS = 100;
const FLUSH_ROWS = 500;

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const cache = new Map();
let queue = [];

async function lookUp(digest) {
  const cached = cache.get(digest);
  if (cached && cached.until > Date.now()) return cached;
  const { rows } = await pool.query('select id, quota from keys where hash = $1', [digest]);
  const entry = { row: rows[0] ?? null, used: cached?.used ?? 0, until: Date.now() + CACHE_MS };
  cache.set(digest, entry);
  return entry;
}

async function flush() {
  if (queue.length === 0) return;
  const batch = queue;
  queue = [];
  const columns = ['keyId', 'route', 'status', 'requestId', 'at'].map((name) => batch.map((event) => event[name]));
  await pool.query(
    'insert into usage (key_id, route, status, request_id, at) select * from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::timestamptz[])',
    columns,
  );
}

const app = anApp();
app.addHook('onRequest', async (request, reply) => {
  const entry = await lookUp(hash('sha256', keyOf(request) ?? '', 'hex'));
  if (!entry.row) return reply.code(401).send(refusal);
  if (entry.used >= entry.row.quota) return reply.code(429).send({ ...refusal, error: { code: 'QUOTA_EXCEEDED' } });
  entry.used += 1;
  request.keyId = entry.row.id;
  reply.header('x-ratelimit-limit', entry.row.quota).header('x-ratelimit-remaining', entry.row.quota - entry.used);
});
app.addHook('onResponse', async (request, reply) => {
  if (!request.keyId) return;
  queue.push({ keyId: request.keyId, route: '/api/v1/actions', status: reply.statusCode, requestId: request.id, at: new Date() });
  if (queue.length >= FLUSH_ROWS) await flush();
});
app.post('/api/v1/actions', { schema: SCHEMA }, answer);
setInterval(flush, FLUSH_MS);
await listen(app);
