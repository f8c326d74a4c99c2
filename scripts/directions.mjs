/** Checks import directions with dependency-cruiser, and that it parsed the TypeScript files. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './prepare.mjs';

const MIN_MODULES = 50;

const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--config', '.dependency-cruiser.cjs', 'packages', 'apps'], {
  cwd: ROOT,
  encoding: 'utf8',
});
process.stdout.write(stdout);
process.stderr.write(stderr);
const modules = Number(/(\d+) modules/.exec(stdout)?.[1] ?? 0);
if (modules < MIN_MODULES) {
  console.error(`Only ${modules} modules were read: dependency-cruiser found no TypeScript compiler that it supports (depcruise --info).`);
}
process.exitCode = status || (modules < MIN_MODULES ? 1 : 0);
