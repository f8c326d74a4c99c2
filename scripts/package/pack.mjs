import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildSdk, prepare, ROOT, runPnpm } from '../prepare.mjs';

const LARGEST_BYTES = 4_000_000;
/** What a manifest may not say to those who install it. */
const NOT_PUBLISHED = ['private', 'workspace:', '"catalog:', 'file:', 'link:'];

/**
 * What is published: the folder of its source, and the file that a user's command or import leads
 * to.
 */
const PACKAGES = {
  'api-factory': { folder: 'apps/api-cli', entry: 'dist/main.js' },
  '@api-factory/sdk-ts': { folder: 'packages/sdk-ts', entry: 'dist/index.js', build: buildSdk },
};

/**
 * Builds and packs a package that a release publishes, as pnpm publishes it: the manifest's
 * `publishConfig` and versions are applied.
 * @param {keyof typeof PACKAGES} name
 * @param {string} directory where the tarball goes
 * @returns path of the tarball
 * @throws Error when it holds what it should not, or lacks what it should hold
 */
export function pack(name, directory) {
  const { folder, entry, build } = PACKAGES[name];
  prepare();
  build?.();
  const before = readdirSync(directory);
  runPnpm('pack', ['pack', '--pack-destination', directory], { cwd: join(ROOT, folder), stdio: ['ignore', 'ignore', 'inherit'] });
  const made = readdirSync(directory).filter((file) => file.endsWith('.tgz') && !before.includes(file));
  if (made.length !== 1) throw new Error(`${name}: packing made ${made.length} tarballs`);
  const tarball = join(directory, made[0]);
  const faults = faultsOf(tarball, entry);
  if (faults.length > 0) throw new Error(`${name} would publish a package that is not right:\n  ${faults.join('\n  ')}`);
  console.log(`ok    ${name}: ${Math.ceil(statSync(tarball).size / 1_000)} kB packed`);
  return tarball;
}

function faultsOf(tarball, entry) {
  const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
  const text = execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' });
  const manifest = JSON.parse(text);
  const missing = ['README.md', 'LICENSE', entry].filter((wanted) => !files.includes(wanted));
  const strange = files.filter(
    (path) => !/^(README\.md|LICENSE|CHANGELOG\.md|package\.json|dist\/.*)$/.test(path) || /\.map$|\.test\.|\.vite\//.test(path),
  );
  const size = statSync(tarball).size;
  return [
    ...missing.map((path) => `${path} is missing`),
    ...strange.map((path) => `${path} is in it`),
    ...NOT_PUBLISHED.filter((word) => text.includes(word)).map((word) => `its manifest says ${word}`),
    ...['description', 'license', 'engines'].filter((field) => !manifest[field]).map((field) => `its manifest has no ${field}`),
    ...(manifest.exports && JSON.stringify(manifest.exports).includes('src/') ? ['its exports point at source'] : []),
    ...(size > LARGEST_BYTES ? [`it weighs ${size} bytes, more than ${LARGEST_BYTES}`] : []),
  ];
}
