import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** The rows of the table of decimal digits. Copied, because these parts may not import core. */
const rowsOf = (path: string): string[] => readFileSync(join(ROOT, path), 'utf8').match(/\['[a-z]{3}(?: [a-z]{3})+', \d\]/g) ?? [];

test.each([
  'apps/admin-web/src/lib/format.ts',
  'packages/billing-sandbox/src/pages/words.ts',
  'packages/control/src/billing/selling/pages/checkout.js',
])('the currencies in %s match those of core', (path) => {
  const rows = rowsOf('packages/core/src/price-text.ts');
  expect(rows.length).toBeGreaterThan(1);
  expect(rowsOf(path)).toEqual(rows);
});
