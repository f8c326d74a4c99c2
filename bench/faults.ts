/**
 * How a hostile client affects others: p50 and p99 of small calls during each kind of flood, as a
 * multiple of the same calls without one, in the same run. Each round is a new process; the table
 * shows medians. Options: --samples 5 --seconds 5 --connections 16 --only qr_code,csv_to_json
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure, type Quality } from './faults/client.ts';
import { CONTESTANTS } from './gateway/contestants.ts';
import { type Fixture, makeFixture } from './gateway/fixture.ts';
import { freePort, isPinned, LOAD_CORE, movePid, start } from './gateway/process.ts';
import { median, printTable } from './table.ts';

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '16' },
    only: { type: 'string' },
  },
});
const samples = Number(values.samples);
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const KEYS = 20;
const READY_MS = 30_000;
/** Lets the flood and the threads for heavy actions start before anything is measured. */
const SETTLE_MS = 1_000;

interface Neighbour {
  name: string;
  about: string;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  manyAddresses?: boolean;
}

const action = (name: string, about: string, payload: object): ((key: string) => Neighbour) => {
  const body = JSON.stringify({ action: name, payload });
  return (key) => ({
    name,
    about,
    method: 'POST',
    path: '/api/v1/actions',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) },
    body,
  });
};
const document = (path: string, manyAddresses: boolean) => (): Neighbour => ({
  name: path.slice(1),
  about: manyAddresses ? 'no key, each request from another address' : 'no key, one address',
  method: 'GET',
  path,
  manyAddresses,
});

const NEIGHBOURS: ((key: string) => Neighbour)[] = [
  action('qr_code', '2,000 characters, one key', { text: 'x'.repeat(2_000), errorCorrection: 'L' }),
  action('csv_to_json', '840,000 characters, one key', { csv: `a,b,c\n${'1,2,3\n'.repeat(140_000)}` }),
  action('text_stats', '200,000 characters, one key', { text: 'a b '.repeat(50_000) }),
  document('/openapi.yaml', false),
  document('/openapi.yaml', true),
  document('/docs/js/scalar.js', false),
];

async function untilReady(port: number, key: string, output: () => string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while ((await measure({ port, keys: [key], seconds: 0.02 }).catch(() => null))?.failed !== 0) {
    if (performance.now() > deadline) throw new Error(`the product is not ready:\n${output()}`);
    await delay(50);
  }
}

/** Measures the well-behaved client while the neighbour floods. */
async function measureUnderFlood(
  neighbour: Neighbour,
  plan: Parameters<typeof measure>[0],
): Promise<{ quality: Quality; statuses: string }> {
  const child = fork(fileURLToPath(new URL('faults/neighbour.mjs', import.meta.url)), { execArgv: [] });
  if (child.pid) movePid(child.pid, LOAD_CORE);
  child.send({ ...neighbour, port: plan.port, connections });
  await delay(SETTLE_MS);
  const quality = await measure(plan);
  child.send('stop');
  const [statuses] = (await once(child, 'message')) as [Record<string, number>];
  await once(child, 'exit');
  return {
    quality,
    statuses: Object.entries(statuses)
      .map(([status, times]) => `${times} × ${status}`)
      .join(', '),
  };
}

interface Result {
  p50: number;
  p99: number;
  p50Ms: number;
  p99Ms: number;
  failed: number;
  statuses: string;
}

/** One new process: measured without a flood first, then with each neighbour. */
async function round(fixture: Fixture, results: Map<string, Result[]>): Promise<Quality> {
  const product = CONTESTANTS.find(({ name }) => name === 'api-factory');
  if (!product) throw new Error('api-factory is not among the contestants');
  const [hostileKey = '', ...keys] = readFileSync(fixture.keysFile, 'utf8').trim().split('\n');
  const port = await freePort();
  const launch = product.launch(fixture, port);
  // Addresses come from X-Forwarded-For, so that one client can use many.
  const running = start({ ...launch, env: { ...launch.env, TRUSTED_PROXY_HOPS: '1' } });
  try {
    await untilReady(port, keys[0] ?? '', running.output);
    // The first calls of a key are refused until it has a lease.
    while ((await measure({ port, keys, seconds: 2 })).failed > 0);
    const quiet = await measure({ port, keys, seconds });
    for (const make of NEIGHBOURS) {
      const neighbour = make(hostileKey);
      if (values.only && !values.only.split(',').includes(neighbour.name)) continue;
      const { quality, statuses } = await measureUnderFlood(neighbour, { port, keys, seconds });
      const { p50Ms, p99Ms, failed } = quality;
      const result = { p50: p50Ms / quiet.p50Ms, p99: p99Ms / quiet.p99Ms, p50Ms, p99Ms, failed, statuses };
      const name = `${neighbour.name}: ${neighbour.about}`;
      results.set(name, [...(results.get(name) ?? []), result]);
      await delay(SETTLE_MS);
    }
    return quiet;
  } finally {
    await running.stop();
  }
}

console.log(`load         a call every 5 ms with ${KEYS - 1} keys; the neighbour has ${connections} connections`);
console.log(
  isPinned() ? 'cores        the server with its threads has core 0; all clients and the database have core 1' : 'cores are NOT separated',
);
movePid(process.pid, LOAD_CORE);
const fixture = await makeFixture(KEYS);
try {
  const results = new Map<string, Result[]>();
  const quiets: Quality[] = [];
  for (let i = 0; i < samples; i++) quiets.push(await round(fixture, results));
  const middle = <K extends string>(list: Record<K, number>[], field: K) => median(list.map((each) => each[field]));
  const rows = [...results].map(([name, list]) => [
    name,
    middle(list, 'p50Ms').toFixed(2),
    middle(list, 'p50').toFixed(2),
    middle(list, 'p99Ms').toFixed(2),
    middle(list, 'p99').toFixed(2),
    list.reduce((sum, { failed }) => sum + failed, 0),
    list.at(-1)?.statuses ?? '',
  ]);
  const sum = quiets.reduce((total, { failed }) => total + failed, 0);
  const quiet = ['quiet', middle(quiets, 'p50Ms').toFixed(2), '1.00', middle(quiets, 'p99Ms').toFixed(2), '1.00', sum, ''];
  printTable(
    `small calls of other clients during a flood: medians of ${samples}`,
    ['neighbour', 'p50 ms', '÷ quiet', 'p99 ms', '÷ quiet', 'failed', 'responses to the neighbour, last round'],
    [quiet, ...rows],
  );
} finally {
  await fixture.close();
}
