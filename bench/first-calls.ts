/**
 * The first call of each of many keys, over 64 connections, against the second one: the first
 * waits for a lease from the database, which syncs every commit. Every sample has a new database.
 * Options: --samples 5 --keys 10000
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { CONTESTANTS } from './gateway/contestants.ts';
import { makeFixture } from './gateway/fixture.ts';
import { BODY, CONNECTIONS } from './gateway/load.ts';
import { freePort, start } from './gateway/process.ts';
import { median, printTable } from './table.ts';

const { values } = parseArgs({ options: { samples: { type: 'string', default: '5' }, keys: { type: 'string', default: '10000' } } });
const product = CONTESTANTS.find(({ name }) => name === 'api-factory') as (typeof CONTESTANTS)[number];

const requestOf = (key: string): string =>
  `POST /api/v1/actions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\nauthorization: Bearer ${key}\r\n` +
  `content-length: ${BODY.length}\r\n\r\n${BODY}`;

/** Sends what `next` returns, one after the other. @returns how many answers were not 200 */
function runConnection(port: number, next: () => string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').on('error', reject).setNoDelay();
    let failed = 0;
    let answer = '';
    const send = () => {
      const key = next();
      if (key !== undefined) return void socket.write(requestOf(key));
      socket.destroy();
      resolve(failed);
    };
    socket.on('connect', send);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk;
      const head = answer.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(answer)?.[1]);
      if (head < 0 || answer.length < head + 4 + length) return;
      if (!answer.startsWith('HTTP/1.1 200')) failed += 1;
      answer = '';
      send();
    });
  });
}

/** Calls once with every key. */
async function callAll(port: number, keys: string[]): Promise<{ seconds: number; failed: number }> {
  const from = performance.now();
  let at = 0;
  const failures = await Promise.all(Array.from({ length: CONNECTIONS }, () => runConnection(port, () => keys[at++])));
  return { seconds: (performance.now() - from) / 1_000, failed: failures.reduce((sum, count) => sum + count) };
}

async function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/_api/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  );
}

async function sample(): Promise<{ first: number; second: number }> {
  const fixture = await makeFixture(Number(values.keys));
  const port = await freePort();
  const running = start(product.launch(fixture, port));
  try {
    while (!(await isReady(port))) await new Promise((resolve) => setTimeout(resolve, 20));
    const keys = readFileSync(fixture.keysFile, 'utf8').trim().split('\n');
    const [first, second] = [await callAll(port, keys), await callAll(port, keys)];
    if (first.failed + second.failed > 0) throw new Error(`${first.failed + second.failed} calls failed:\n${running.output()}`);
    return { first: first.seconds, second: second.seconds };
  } finally {
    await running.stop();
    await fixture.close();
  }
}

const samples: { first: number; second: number }[] = [];
for (let i = 0; i < Number(values.samples); i++) samples.push(await sample());

const row = (name: string, seconds: number[], base: number[]): (string | number)[] => [
  name,
  median(seconds).toFixed(2),
  `${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`,
  (median(seconds) / median(base)).toFixed(2),
];
const first = samples.map((one) => one.first);
const second = samples.map((one) => one.second);
printTable(
  `${values.keys} keys, ${CONNECTIONS} connections: seconds for a call with each, medians of ${values.samples}`,
  ['call', 's', 'from–to', '× second'],
  [row('first', first, second), row('second', second, second)],
);
