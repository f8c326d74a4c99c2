/**
 * Searches for secrets, in the working tree and in every blob, message and tag that a ref reaches,
 * or in directories.
 *   node scripts/find-secrets.mjs             the repository of the current directory
 *   node scripts/find-secrets.mjs --dir DIR … only these directories, for example unpacked images
 * Exit code 0 when there are none, 1 when something was found, 2 for wrong arguments. Findings are
 * masked. scripts/secrets/allowed.mjs lists values that look like secrets but are not. A secret in
 * the history is compromised: rotate it first, then remove it.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { secretsIn } from './secrets/lint.mjs';

const USAGE = `usage: node scripts/find-secrets.mjs [--dir DIR …]

  node scripts/find-secrets.mjs                     files and history of the repository
  node scripts/find-secrets.mjs --dir /tmp/unpacked   a directory`;

const args = process.argv.slice(2);
const directories = args.filter((arg) => arg !== '--dir');
const wrong = directories.find((arg) => arg.startsWith('-') || !existsSync(arg) || !statSync(arg).isDirectory());
if (wrong !== undefined || (args.length > 0 && (args[0] !== '--dir' || directories.length === 0))) {
  console.error(wrong === undefined || wrong === '--help' ? USAGE : `${wrong} is not a directory\n\n${USAGE}`);
  process.exit(args.includes('--help') ? 0 : 2);
}

let searched = 0;
let found = 0;
for await (const { bytes, place, path } of directories.length > 0 ? contentsOf(directories) : contentsOfRepository()) {
  searched++;
  for (const { line, what, masked } of await secretsIn(bytes, path)) {
    found++;
    console.error(`${place}:${line}: ${what}: ${masked}`);
  }
}
// A search that read nothing must not pass.
if (searched === 0) console.error('there was nothing to search');
console.log(`${searched} contents searched, ${found} secrets found`);
process.exitCode = found > 0 || searched === 0 ? 1 : 0;

function* contentsOf(roots) {
  for (const root of roots) {
    for (const path of filesBelow(root)) yield { bytes: readFileSync(path), place: path, path: relative(root, path) };
  }
}

function* filesBelow(directory) {
  for (const { name } of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, name);
    const stats = lstatSync(path);
    if (stats.isDirectory()) yield* filesBelow(path);
    else if (stats.isFile()) yield path;
  }
}

/** Each content once: an unchanged file of the working tree is searched as a blob. */
async function* contentsOfRepository() {
  const root = git(['rev-parse', '--show-toplevel']).trim();
  if (git(['rev-parse', '--is-shallow-repository']).trim() === 'true') {
    throw new Error('this clone has only part of the history: run git fetch --unshallow');
  }
  yield* changedFiles(root);
  yield* reachable();
}

function* changedFiles(root) {
  for (const path of git(['ls-files', '-z', '--exclude-standard', '--modified', '--others'], root).split('\0')) {
    const file = join(root, path);
    if (path === '' || !existsSync(file) || !lstatSync(file).isFile()) continue;
    yield { bytes: readFileSync(file), place: path, path };
  }
}

/** Blobs, commits and annotated tags that a ref reaches, and staged blobs. */
async function* reachable() {
  const names = new Map();
  for (const line of git(['rev-list', '--objects', '--all', '--indexed-objects']).split('\n')) {
    const at = line.indexOf(' ');
    if (at < 0) names.set(line, '');
    else if (!names.get(line.slice(0, at))) names.set(line.slice(0, at), line.slice(at + 1));
  }
  names.delete('');
  const reader = spawn('git', ['cat-file', '--batch', '--buffer'], { stdio: ['pipe', 'pipe', 'inherit'] });
  reader.stdin.end([...names.keys()].map((name) => `${name}\n`).join(''));
  for await (const { name, type, bytes } of objects(reader.stdout)) {
    if (type === 'tree') continue;
    const path = names.get(name);
    yield { bytes, path: path || type, place: `${type} ${name.slice(0, 12)}${path ? ` (${path})` : ''}` };
  }
  if (reader.exitCode === null) await once(reader, 'close');
  if (reader.exitCode !== 0) throw new Error(`git cat-file exited with ${reader.exitCode}`);
}

/** Parses `git cat-file --batch` output: a line `name type size`, the bytes, a line break. */
async function* objects(stream) {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const lineEnd = rest.indexOf(10);
      if (lineEnd < 0) break;
      const [name, type, size] = rest.subarray(0, lineEnd).toString().split(' ');
      const end = lineEnd + 1 + Number(size);
      if (rest.length <= end) break;
      yield { name, type, bytes: rest.subarray(lineEnd + 1, end) };
      rest = rest.subarray(end + 1);
    }
  }
}

function git(options, cwd = process.cwd()) {
  return execFileSync('git', options, { cwd, encoding: 'utf8', maxBuffer: 1_000_000_000 });
}
