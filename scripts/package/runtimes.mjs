import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * The two Node majors that the product supports: a binary from npm, and an npm major that runs on
 * it. npm 12 runs no install scripts.
 */
const LINES = [
  { major: 20, node: '20.19.0', npm: '10' },
  { major: 24, node: '24.21.0', npm: '12' },
];

/**
 * A Node of each major: the running one if it matches, else one from the npm registry.
 * @param {string} scratch a directory for downloads
 * @returns {{ label: string, path: string }[]} `path` is a PATH with node, npm and npx of that
 * major
 */
export function runtimes(scratch) {
  return LINES.map((line) => (process.versions.node.startsWith(`${line.major}.`) ? ownRuntime() : fetched(line, scratch)));
}

function ownRuntime() {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  return { label: `Node ${process.versions.node}`, path };
}

function fetched({ major, node, npm }, scratch) {
  if (process.platform !== 'linux') throw new Error(`Node ${major} can be downloaded for Linux only: also run this with Node ${major}`);
  const folder = join(scratch, `node-${major}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{}');
  const binary = `node-linux-${process.arch}`;
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', `${binary}@${node}`, `npm@${npm}`], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
  });
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(join(folder, 'node_modules', binary, 'bin/node'), join(bin, 'node'));
  for (const name of ['npm', 'npx']) symlinkSync(join(folder, 'node_modules/npm/bin', `${name}-cli.js`), join(bin, name));
  return { label: `Node ${node}`, path: [bin, process.env.PATH].join(delimiter) };
}
