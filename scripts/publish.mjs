/**
 * Publishes to npm what npm does not have in this version: `api-factory` and `@api-factory/sdk-ts`,
 * the members that are not private. Called by release.yml. GITHUB_REPOSITORY=owner/name node
 * scripts/publish.mjs Needs pnpm on the PATH: it applies `publishConfig` and the versions of the
 * workspace, npm does not.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSdk, prepare, ROOT } from './prepare.mjs';

const MEMBERS = ['apps/api-cli', 'packages/sdk-ts'];

const repository = process.env.GITHUB_REPOSITORY;
if (!/^[\w.-]+\/[\w.-]+$/.test(repository ?? '')) {
  console.error('GITHUB_REPOSITORY must be owner/name: npm holds the provenance against the repository that the manifest names');
  process.exit(2);
}

if (process.env.GITHUB_ACTIONS !== 'true') {
  console.error('releases are published by release.yml alone: its identity is what the provenance attests');
  process.exit(2);
}

prepare();
buildSdk();
const manifests = MEMBERS.map((folder) => {
  const path = join(ROOT, folder, 'package.json');
  return { folder, path, text: readFileSync(path, 'utf8') };
});
try {
  // Not committed: a fork publishes from its own repository.
  for (const { folder, path, text } of manifests) {
    const manifest = {
      ...JSON.parse(text),
      repository: { type: 'git', url: `git+https://github.com/${repository}.git`, directory: folder },
    };
    writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
  }
  const changeset = join(ROOT, 'node_modules/@changesets/cli/bin.js');
  // One tag for all of it is made afterwards.
  const { status } = spawnSync(process.execPath, [changeset, 'publish', '--no-git-tag'], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PNPM_CONFIG_PROVENANCE: 'true' },
  });
  process.exitCode = status ?? 1;
} finally {
  for (const { path, text } of manifests) writeFileSync(path, text);
}
