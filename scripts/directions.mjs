/**
 * Checks the directions of imports with dependency-cruiser, and that it could read the TypeScript
 * files at all.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './prepare.mjs';

const FEWEST_MODULES = 50;

const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--config', '.dependency-cruiser.cjs', 'packages', 'apps'], {
  cwd: ROOT,
  encoding: 'utf8',
});
process.stdout.write(stdout);
process.stderr.write(stderr);
const modules = Number(/(\d+) modules/.exec(stdout)?.[1] ?? 0);
if (modules < FEWEST_MODULES) {
  console.error(`Only ${modules} modules were read: dependency-cruiser has no TypeScript that it can use (depcruise --info).`);
}
process.exitCode = status || (modules < FEWEST_MODULES ? 1 : 0);
