/**
 * Stops the api by SIGTERM in the middle of calls, starts it again, and compares: every answer with
 * 200 that a client has is in the ledger once, and nothing else is. node
 * scripts/images/stop-under-load.mjs URL OPERATOR_KEY_FILE STOP_COMMAND START_COMMAND
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
const CALLS_BEFORE_THE_STOP = 400;
const operator = { authorization: `Bearer ${readFileSync(keyFile, 'utf8').trim()}`, 'content-type': 'application/json' };
const run = promisify(exec);

const { id: keyId, key } = await admin('POST', '/keys', { name: 'stop under load', plan: await unlimitedPlan() });
const seen = { answered: 0, refused: 0, cut: 0 };
let calling = true;
const callers = Array.from({ length: CALLERS }, callOnAndOn);
while (seen.answered < CALLS_BEFORE_THE_STOP) await pause(5);
await run(stopCommand);
calling = false;
await Promise.all(callers);
await run(startCommand);
await ready();

const counted = await settled();
const what = `${seen.answered} answered, ${seen.refused} refused, ${seen.cut} without an answer; ${counted} metered`;
// A call whose connection was cut may have been admitted: its answer was on its way.
const lost = seen.answered - counted;
if (lost > 0 || -lost > seen.cut || seen.refused + seen.cut === 0) {
  console.error(`FAIL  SIGTERM under load: ${what}`);
  process.exit(1);
}
console.log(`ok    SIGTERM under load: ${what}`);

async function callOnAndOn() {
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
  const made = await fetch(`${url}/api/admin/plans`, { method: 'POST', headers: operator, body: JSON.stringify({ id, ...terms }) });
  if (made.status !== 201 && made.status !== 409) throw new Error(`the plan could not be made: ${made.status} ${await made.text()}`);
  return id;
}

async function admin(method, path, body) {
  const answer = await fetch(`${url}/api/admin${path}`, { method, headers: operator, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).data;
}

/** Calls of the key in the database, once everything that was written has been shipped. */
async function settled() {
  for (let tries = 0; tries < 100; tries++) {
    const { checks } = await (await fetch(`${url}/_api/healthz`)).json();
    if (checks.spool.detail.startsWith('0 bytes')) {
      const { rows } = await admin('GET', '/usage/summary?groupBy=key&bucket=hour');
      return rows.filter((row) => row.keyId === keyId).reduce((sum, { calls }) => sum + calls, 0);
    }
    await pause(100);
  }
  throw new Error('the spool was not shipped within ten seconds');
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
  throw new Error('the api is not ready a minute after its start');
}
