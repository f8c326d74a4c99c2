/**
 * Guarded `POST /api/v1/actions` (echo) compared with alternatives: every sample is a new process,
 * samples of the contestants are interleaved, the table shows medians. The server has one core;
 * load generator and database share the others.
 * Options: --samples 5 --seconds 5 --warmup 2 --keys 10000 --only bare,api-factory
 */
import { parseArgs } from 'node:util';
import { median, printTable } from '../table.ts';
import { CONTESTANTS, type Contestant } from './contestants.ts';
import { countEvents, type Fixture, makeFixture } from './fixture.ts';
import { BODY, CONNECTIONS, type Load, loadTool, runLoad } from './load.ts';
import { cpuUs, freePort, isPinned, LOAD_CORE, movePid, type Running, residentMb, start, threadCpuUs } from './process.ts';

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    warmup: { type: 'string', default: '2' },
    keys: { type: 'string', default: '10000' },
    only: { type: 'string' },
  },
});
const samples = Number(values.samples);
const seconds = Number(values.seconds);
const warmup = Number(values.warmup);
const keyCount = Number(values.keys);
const only = values.only?.split(',');

const READY_MS = 30_000;
const WARM_UP_SECONDS = 240;
/** Like a mistyped key: valid format, invalid checksum. */
const BAD_KEY = `af_live_${'0'.repeat(36)}`;

interface Sample extends Load {
  cpuUs: number;
  threadUs: number;
  residentMb: number;
}

async function call(port: number, key: string): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/actions`, { method: 'POST', headers, body: BODY });
  return { status: response.status, text: await response.text() };
}

/**
 * Waits until a call with a good key returns 200 and checks that a bad key is refused. @returns the
 * response's length
 */
async function prove(contestant: Contestant, fixture: Fixture, running: Running, port: number): Promise<number> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const good = await call(port, fixture.aKey).catch((error: Error) => ({ status: 0, text: error.message }));
    if (good.status === 200) {
      const { data, meta } = JSON.parse(good.text);
      if (data.message !== 'hello' || !meta.requestId.startsWith('req_')) throw new Error(`${contestant.name} returns ${good.text}`);
      const bad = await call(port, BAD_KEY);
      if (contestant.guarded && bad.status !== 401) throw new Error(`${contestant.name} returns ${bad.status} for a bad key`);
      return good.text.length;
    }
    if (performance.now() > deadline) throw new Error(`${contestant.name} is not ready: ${good.status} ${good.text}\n${running.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Calls until every key was called twice: the first call requests a quota lease from the database,
 * the second uses it.
 * @returns the number of calls and the duration
 */
async function warmUp({ learns, name }: Contestant, { keysFile }: Fixture, port: number): Promise<{ calls: number; seconds: number }> {
  const from = performance.now();
  const elapsed = () => (performance.now() - from) / 1_000;
  let calls = 0;
  do {
    calls += (await runLoad({ port, keysFile, seconds: warmup, skip: calls % keyCount })).requests;
  } while (learns && calls < 2 * keyCount && elapsed() < WARM_UP_SECONDS);
  if (learns && calls < 2 * keyCount) console.log(`${name} is NOT warm: ${calls} calls in ${elapsed().toFixed(0)} s`);
  return { calls, seconds: elapsed() };
}

async function sample(
  contestant: Contestant,
  fixture: Fixture,
): Promise<Sample & { answerBytes: number; warm: { calls: number; seconds: number } }> {
  const port = await freePort();
  const running = start(contestant.launch(fixture, port));
  try {
    const answerBytes = await prove(contestant, fixture, running, port);
    const warm = await warmUp(contestant, fixture, port);
    const before = cpuUs(running.workPid());
    const threadBefore = threadCpuUs(running.workPid());
    const load = await runLoad({ port, keysFile: fixture.keysFile, seconds });
    const cpu = (cpuUs(running.workPid()) - before) / load.requests;
    const thread = (threadCpuUs(running.workPid()) - threadBefore) / load.requests;
    return { ...load, cpuUs: cpu, threadUs: thread, residentMb: residentMb(running.workPid()), answerBytes, warm };
  } finally {
    await running.stop();
  }
}

const middle = (list: Sample[], field: keyof Sample) => median(list.map((each) => each[field]));

function report(results: Map<Contestant, Sample[]>): void {
  const bare = [...results].find(([{ name }]) => name === 'bare')?.[1];
  const ratio = (list: Sample[], field: keyof Sample) => (bare ? (middle(list, field) / middle(bare, field)).toFixed(2) : '');
  const rows = [...results].map(([{ name }, list]) => {
    const rates = list.map(({ perSecond }) => Math.round(perSecond));
    return [
      name,
      Math.round(middle(list, 'perSecond')),
      ratio(list, 'perSecond'),
      `${Math.min(...rates)}–${Math.max(...rates)}`,
      (middle(list, 'p50Us') / 1_000).toFixed(2),
      (middle(list, 'p99Us') / 1_000).toFixed(2),
      ratio(list, 'p99Us'),
      middle(list, 'threadUs').toFixed(1),
      ratio(list, 'threadUs'),
      middle(list, 'cpuUs').toFixed(1),
      ratio(list, 'cpuUs'),
      middle(list, 'residentMb').toFixed(0),
      list.reduce((sum, { failed }) => sum + failed, 0),
    ];
  });
  const heads = [
    'server',
    'req/s',
    '× bare',
    'from–to',
    'p50 ms',
    'p99 ms',
    '× bare',
    'thread µs/req',
    '× bare',
    'CPU µs/req',
    '× bare',
    'RSS MB',
    'failed',
  ];
  printTable(`guarded echo, ${keyCount.toLocaleString('en')} keys, ${CONNECTIONS} connections: medians of ${samples}`, heads, rows);
}

const contestants = CONTESTANTS.filter(({ name }) => !only || only.includes(name));
for (const { name, about, missing } of contestants) console.log(`${name.padEnd(12)} ${missing ? `skipped: ${missing}` : about}`);
console.log(
  `load         ${loadTool()}, ${seconds} s after ${warmup} s of warm-up; ${isPinned() ? 'server alone on core 0' : 'cores are NOT separated'}`,
);

movePid(process.pid, LOAD_CORE);
const fixture = await makeFixture(keyCount);
try {
  const results = new Map<Contestant, Sample[]>();
  const ready = contestants.filter(({ missing }) => missing === null);
  let answered = 0;
  for (let round = 0; round < samples; round++) {
    // Rotates the order, so that no contestant always follows the same one.
    for (let i = 0; i < ready.length; i++) {
      const contestant = ready[(i + round) % ready.length] as Contestant;
      const { answerBytes, warm, ...measured } = await sample(contestant, fixture);
      results.set(contestant, [...(results.get(contestant) ?? []), measured]);
      if (contestant.name === 'api-factory') answered += warm.calls + measured.requests;
      console.log(
        `round ${round + 1}  ${contestant.name.padEnd(12)} ${Math.round(measured.perSecond)} req/s, response of ${answerBytes} bytes, warm after ${warm.seconds.toFixed(0)} s`,
      );
    }
  }
  report(new Map(ready.map((each) => [each, results.get(each) ?? []])));
  if (answered > 0) {
    console.log(`\nresponses of api-factory counted by the load generator: ${answered}, including warm-up`);
    console.log(`usage events in the database: ${await countEvents(fixture.productUrl)} (includes calls in flight at the end of a load)`);
  }
} finally {
  await fixture.close();
}
