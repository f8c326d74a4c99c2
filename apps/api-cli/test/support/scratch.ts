import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyDatabase } from '@api-factory/control/testing/database';
import { onTestFinished } from 'vitest';

/** Creates a directory for this test, deleted after it. */
export function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'api-factory-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Creates an empty database for this test, dropped after it. @returns its URL */
export async function anEmptyDatabase(): Promise<string> {
  const { url, drop } = await emptyDatabase();
  onTestFinished(drop);
  return url;
}
