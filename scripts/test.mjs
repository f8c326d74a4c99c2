/**
 * `npm test`: builds what is out of date, runs vitest with the given arguments and prints
 * `N passed, N failed`.
 */
import './node-version.mjs';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, ROOT } from './prepare.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'api-factory-count-'));
const countFile = join(scratch, 'count.json');

try {
  prepare();
  process.exitCode = await runVitest(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = error.exitCode ?? 1;
} finally {
  const { passed, failed } = readCount();
  if (failed > 0) process.exitCode ||= 1;
  rmSync(scratch, { recursive: true, force: true });
  console.log(`${passed} passed, ${failed} failed`);
}

/**
 * @returns {Promise<number>} the exit code. Ctrl-C reaches vitest too: it is in the same process
 * group.
 */
function runVitest(args) {
  const reporters = ['--reporter=default', `--reporter=${join(ROOT, 'scripts/count-reporter.mjs')}`];
  const vitest = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TEST_COUNT_FILE: countFile },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && vitest.kill(signal));
  return new Promise((resolve, reject) => {
    vitest.on('error', reject);
    vitest.on('exit', (code) => resolve(code ?? 1));
  });
}

/** A run that wrote no count was aborted and counts as one failure. */
function readCount() {
  try {
    return JSON.parse(readFileSync(countFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
}
