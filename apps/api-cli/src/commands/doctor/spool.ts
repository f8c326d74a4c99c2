import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, fail, ok } from './finding.ts';

/** Looks at every record of the spool in `dataDir`. */
export async function checkSpool(dataDir: string): Promise<Finding> {
  const directory = join(dataDir, 'spool');
  if ((await stat(directory).catch(() => null)) === null) return ok('spool', 'empty');
  const { inspectSpool } = await import('@api-factory/gateway');
  const { segments, bytes, damage } = await inspectSpool(directory);
  if (damage === null) return ok('spool', `${segments} files, ${bytes} bytes of records, shipped ones of the last day included`);
  return fail(
    'spool',
    `${damage.file} is damaged at byte ${damage.offset}: ${damage.reason}`,
    'Follow “A damaged spool” in docs/operations.md.',
  );
}
