/**
 * `pnpm bench [name…] [-- options]`: prints the machine, then runs the given benchmarks or all. A
 * benchmark never fails because something was slow.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';

const BENCHES = {
  guard: { file: 'guard.ts', node: ['--expose-gc'], about: 'admit + charge in memory, 10,000 keys' },
  gateway: { file: 'gateway/compare.ts', node: [], about: 'POST /api/v1/actions against bare Fastify, hand-written guards and nginx' },
  'first-calls': { file: 'first-calls.ts', node: [], about: 'the first call of each of 10,000 keys against the second' },
  metering: { file: 'metering.ts', node: ['--expose-gc'], about: 'spool, shipper and database' },
  billing: { file: 'billing.ts', node: [], about: 'accepting a webhook, webhook to refused call, draining a queue' },
  faults: { file: 'faults.ts', node: [], about: 'small calls of other clients while one client floods' },
  start: { file: 'start.mjs', node: [], about: 'from npm start to ready' },
};

const here = fileURLToPath(new URL('.', import.meta.url));
const args = process.argv.slice(2).filter((arg) => arg !== '--');
const names = args.filter((arg) => Object.hasOwn(BENCHES, arg));
const options = args.filter((arg) => !Object.hasOwn(BENCHES, arg));
const [unknown] = options;

if (unknown === '--help' || (unknown && !unknown.startsWith('-') && names.length === 0)) {
  for (const [name, { about }] of Object.entries(BENCHES)) console.log(`${name.padEnd(10)} ${about}`);
  process.exit(unknown === '--help' ? 0 : 2);
}

const [cpu] = cpus();
console.log(`machine  ${cpu?.model ?? 'unknown cpu'}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`);
console.log(`system   ${type()} ${release()}, Node ${process.version}`);

let failed = false;
for (const [name, { file, node }] of Object.entries(BENCHES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  if (!existsSync(here + file)) continue;
  console.log(`\n=== ${name}`);
  const { status } = spawnSync(process.execPath, [...node, '--import', 'tsx', here + file, ...options], {
    cwd: `${here}..`,
    stdio: 'inherit',
  });
  if (status !== 0) failed = true;
}
process.exit(failed ? 1 : 0);
