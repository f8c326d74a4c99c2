import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pack } from '../package/pack.mjs';
import { ROOT, runNode } from '../prepare.mjs';

const SDK = join(ROOT, 'packages/sdk-ts');
const BLOCK = /^```(ts|text)\n([\s\S]*?)^```$/gm;
const STRICT = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--module', 'nodenext', '--target', 'es2022'];
const NODE_TYPES = ['--skipLibCheck', '--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];

/**
 * Runs the `ts` blocks of the SDK's README as a user would: each is a separate module, in a
 * directory where the packed SDK is installed. They are compiled first, which also checks the
 * published types.
 * @param {{ directory: string, port: number, env: Record<string, string> }} run
 * @returns the README's blocks and the output of each `ts` block
 */
export function runSdkBlocks({ directory, port, env }) {
  mkdirSync(directory);
  installPacked(directory);
  const readme = readFileSync(join(SDK, 'README.md'), 'utf8').replaceAll('8787', String(port));
  const blocks = [...readme.matchAll(BLOCK)].map(([, kind, text]) => ({ kind, text }));
  const sources = blocks.filter(({ kind }) => kind === 'ts').map(({ text }) => text);
  for (const [index, text] of sources.entries()) writeFileSync(join(directory, `block-${index}.mts`), text);
  const files = sources.map((_, index) => `block-${index}.mts`);
  runNode('types of the SDK', join(ROOT, 'node_modules/typescript/bin/tsc'), [...STRICT, ...NODE_TYPES, ...files], directory);
  const run = (index) => execFileSync(process.execPath, [`block-${index}.mjs`], { cwd: directory, env, encoding: 'utf8' });
  return { blocks, outputs: sources.map((_, index) => run(index)) };
}

/** Installs what pnpm would publish: its package.json points at dist/, not at the source. */
function installPacked(directory) {
  const tarball = pack('@api-factory/sdk-ts', directory);
  const target = join(directory, 'node_modules/@api-factory/sdk-ts');
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
}
