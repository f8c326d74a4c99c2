import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildSdk, prepare, ROOT, runPnpm } from '../prepare.mjs';

const MAX_BYTES = 4_000_000;
/** Text that a published manifest must not contain. */
const FORBIDDEN = ['private', 'workspace:', '"catalog:', 'file:', 'link:'];

/** The published packages: their directory, and the file that a command or import resolves to. */
const PACKAGES = {
  'api-factory': { folder: 'apps/api-cli', entry: 'dist/main.js' },
  '@api-factory/sdk-ts': { folder: 'packages/sdk-ts', entry: 'dist/index.js', build: buildSdk },
};

/**
 * Builds and packs a package as pnpm publishes it, with the manifest's `publishConfig` and versions
 * applied.
 * @param {keyof typeof PACKAGES} name
 * @param {string} directory for the tarball
 * @returns path of the tarball
 * @throws Error when files or manifest fields are missing or should not be in it
 */
export function pack(name, directory) {
  const { folder, entry, build } = PACKAGES[name];
  prepare();
  build?.();
  const before = readdirSync(directory);
  runPnpm('pack', ['pack', '--pack-destination', directory], { cwd: join(ROOT, folder), stdio: ['ignore', 'ignore', 'inherit'] });
  const created = readdirSync(directory).filter((file) => file.endsWith('.tgz') && !before.includes(file));
  if (created.length !== 1) throw new Error(`${name}: packing created ${created.length} tarballs`);
  const tarball = join(directory, created[0]);
  const faults = faultsOf(tarball, entry);
  if (faults.length > 0) throw new Error(`${name} would publish an invalid package:\n  ${faults.join('\n  ')}`);
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
  const unexpected = files.filter(
    (path) => !/^(README\.md|LICENSE|CHANGELOG\.md|package\.json|dist\/.*)$/.test(path) || /\.map$|\.test\.|\.vite\//.test(path),
  );
  const size = statSync(tarball).size;
  return [
    ...missing.map((path) => `${path} is missing`),
    ...unexpected.map((path) => `${path} does not belong in it`),
    ...FORBIDDEN.filter((word) => text.includes(word)).map((word) => `its manifest contains ${word}`),
    ...['description', 'license', 'engines'].filter((field) => !manifest[field]).map((field) => `its manifest has no ${field}`),
    ...(manifest.exports && JSON.stringify(manifest.exports).includes('src/') ? ['its exports point at source'] : []),
    ...(size > MAX_BYTES ? [`it has ${size} bytes, more than ${MAX_BYTES}`] : []),
  ];
}
