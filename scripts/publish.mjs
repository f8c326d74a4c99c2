/**
 * Publishes `api-factory` and `@api-factory/sdk-ts`, the packages that are not private, unless npm
 * already has this version. Called by release.yml.
 *   GITHUB_REPOSITORY=owner/name node scripts/publish.mjs
 * Needs pnpm on the PATH: npm does not apply `publishConfig` and the workspace's versions.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSdk, prepare, ROOT } from './prepare.mjs';

const MEMBERS = ['apps/api-cli', 'packages/sdk-ts'];

const repository = process.env.GITHUB_REPOSITORY;
if (!/^[\w.-]+\/[\w.-]+$/.test(repository ?? '')) {
  console.error('GITHUB_REPOSITORY must be owner/name: npm compares the provenance with the repository in the manifest');
  process.exit(2);
}

if (process.env.GITHUB_ACTIONS !== 'true') {
  console.error('only release.yml publishes releases: the provenance attests its identity');
  process.exit(2);
}

prepare();
buildSdk();
const manifests = MEMBERS.map((folder) => {
  const path = join(ROOT, folder, 'package.json');
  return { folder, path, text: readFileSync(path, 'utf8') };
});
try {
  // Not committed, so that a fork publishes with its own repository.
  for (const { folder, path, text } of manifests) {
    const manifest = {
      ...JSON.parse(text),
      repository: { type: 'git', url: `git+https://github.com/${repository}.git`, directory: folder },
    };
    writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
  }
  const changeset = join(ROOT, 'node_modules/@changesets/cli/bin.js');
  // release.yml creates one tag for both packages afterwards.
  const { status } = spawnSync(process.execPath, [changeset, 'publish', '--no-git-tag'], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PNPM_CONFIG_PROVENANCE: 'true' },
  });
  process.exitCode = status ?? 1;
} finally {
  for (const { path, text } of manifests) writeFileSync(path, text);
}
