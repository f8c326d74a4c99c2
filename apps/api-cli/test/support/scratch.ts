import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyDatabase } from '@api-factory/control/testing/database';
import { onTestFinished } from 'vitest';

/** A directory of the test's own, gone after it. */
export function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'api-factory-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Address of an empty database of the test's own, gone after it. */
export async function anEmptyDatabase(): Promise<string> {
  const { url, drop } = await emptyDatabase();
  onTestFinished(drop);
  return url;
}
