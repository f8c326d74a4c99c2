/**
 * Stops the api with SIGTERM during calls, starts it again, and checks that the ledger has every
 * call that was answered with 200 exactly once and nothing else.
 *   node scripts/images/stop-under-load.mjs URL OPERATOR_KEY_FILE STOP_COMMAND START_COMMAND
 */
import { exec } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const [url, keyFile, stopCommand, startCommand] = process.argv.slice(2);
if (startCommand === undefined) {
  console.error('usage: node scripts/images/stop-under-load.mjs URL OPERATOR_KEY_FILE STOP_COMMAND START_COMMAND');
  process.exit(2);
}
const CALLERS = 8;
const CALLS_BEFORE_STOP = 400;
const operator = { authorization: `Bearer ${readFileSync(keyFile, 'utf8').trim()}`, 'content-type': 'application/json' };
const run = promisify(exec);

const { id: keyId, key } = await admin('POST', '/keys', { name: 'stop under load', plan: await unlimitedPlan() });
const seen = { answered: 0, refused: 0, cut: 0 };
let calling = true;
const callers = Array.from({ length: CALLERS }, callRepeatedly);
while (seen.answered < CALLS_BEFORE_STOP) await pause(5);
await run(stopCommand);
calling = false;
await Promise.all(callers);
await run(startCommand);
await ready();

const counted = await meteredCalls();
const summary = `${seen.answered} answered, ${seen.refused} refused, ${seen.cut} without a response; ${counted} metered`;
// A call whose connection was cut may have been metered: its response was in transit.
const lost = seen.answered - counted;
if (lost > 0 || -lost > seen.cut || seen.refused + seen.cut === 0) {
  console.error(`FAIL  SIGTERM under load: ${summary}`);
  process.exit(1);
}
console.log(`ok    SIGTERM under load: ${summary}`);

async function callRepeatedly() {
  const body = JSON.stringify({ action: 'echo', payload: { load: true } });
  while (calling) {
    try {
      const answer = await fetch(`${url}/api/v1/actions`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body,
      });
      await answer.arrayBuffer();
      if (answer.status === 200) seen.answered += 1;
      else {
        seen.refused += 1;
        await pause(20);
      }
    } catch {
      seen.cut += 1;
      await pause(20);
    }
  }
}

async function unlimitedPlan() {
  const id = 'stop-under-load';
  const terms = { name: id, quota: { limit: null, period: 'month' }, rate: { limit: null, windowSeconds: 60 } };
  const created = await fetch(`${url}/api/admin/plans`, { method: 'POST', headers: operator, body: JSON.stringify({ id, ...terms }) });
  if (created.status !== 201 && created.status !== 409)
    throw new Error(`the plan could not be created: ${created.status} ${await created.text()}`);
  return id;
}

async function admin(method, path, body) {
  const answer = await fetch(`${url}/api/admin${path}`, { method, headers: operator, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).data;
}

/** The key's calls in the database, once the spool is empty. */
async function meteredCalls() {
  for (let tries = 0; tries < 100; tries++) {
    const { checks } = await (await fetch(`${url}/_api/healthz`)).json();
    if (checks.spool.detail.startsWith('0 bytes')) {
      const { rows } = await admin('GET', '/usage/summary?groupBy=key&bucket=hour');
      return rows.filter((row) => row.keyId === keyId).reduce((sum, { calls }) => sum + calls, 0);
    }
    await pause(100);
  }
  throw new Error('the spool was not shipped within 10 s');
}

async function ready() {
  for (let tries = 0; tries < 300; tries++) {
    const ok = await fetch(`${url}/_api/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (ok) return;
    await pause(200);
  }
  throw new Error('the api did not become ready within 60 s');
}
