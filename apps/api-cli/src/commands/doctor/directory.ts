import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Finding, fail, ok, warn } from './finding.ts';

const CHECK = 'data directory';
const LOW_SPACE_BYTES = 500_000_000;

/**
 * Checks existence, write permission, lock and free space.
 * @param running whether the product answers on the configured port
 */
export async function checkDirectory(dataDir: string, running: boolean): Promise<Finding[]> {
  const found = await stat(dataDir).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) return [await explainAbsence(dataDir, found)];
  if (!found.isDirectory()) return [fail(CHECK, `${dataDir} is not a directory`, 'Choose another path with API_FACTORY_DATA_DIR.')];
  if (!(await isWritable(dataDir)))
    return [fail(CHECK, `${dataDir} is not writable`, 'Run as its owner, or choose another with API_FACTORY_DATA_DIR.')];
  return [await lockFinding(dataDir, running), ...(await spaceFindings(dataDir))];
}

async function explainAbsence(dataDir: string, error: NodeJS.ErrnoException): Promise<Finding> {
  if (error.code !== 'ENOENT') return fail(CHECK, `${dataDir} can’t be read (${error.code})`, 'Correct the path or its permissions.');
  const parent = await nearestExisting(dirname(dataDir));
  if (await isWritable(parent)) return ok(CHECK, `${dataDir} does not exist yet; the first start creates it`);
  return fail(
    CHECK,
    `${dataDir} does not exist and can’t be created in ${parent}`,
    'Create it, owned by the user that runs the product, or choose another with API_FACTORY_DATA_DIR.',
  );
}

async function nearestExisting(path: string): Promise<string> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : nearestExisting(dirname(path));
}

const isWritable = (path: string): Promise<boolean> =>
  access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );

async function lockFinding(dataDir: string, running: boolean): Promise<Finding> {
  const { AlreadyInUseError, holdDirectory } = await import('@api-factory/control');
  try {
    await (await holdDirectory(dataDir)).release();
    return ok(CHECK, dataDir);
  } catch (error) {
    if (!(error instanceof AlreadyInUseError)) throw error;
    if (running) return ok(CHECK, `${dataDir}, in use by the running product`);
    return warn(
      CHECK,
      `${dataDir} is in use by an api-factory that does not answer on the configured port`,
      'If it was started with another PORT, run doctor with that PORT. Otherwise stop it, or set another API_FACTORY_DATA_DIR.',
    );
  }
}

async function spaceFindings(dataDir: string): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  if (free >= LOW_SPACE_BYTES) return [];
  const megabytes = Math.floor(free / 1_000_000);
  return [
    warn(
      'disk',
      `${megabytes} MB free in ${dataDir}`,
      'Free up disk space: without it, usage can’t be recorded and guarded calls are refused.',
    ),
  ];
}
