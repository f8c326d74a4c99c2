import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AuditQuery } from '../packages/control/src/audit/schema.ts';
import { ConsumerQuery } from '../packages/control/src/consumers/schema.ts';
import { PAGE_FIELDS } from '../packages/control/src/http/page.ts';
import { KeyQuery } from '../packages/control/src/keys/schema.ts';
import { EventsQuery } from '../packages/control/src/usage/read/schema.ts';

const ROOT = join(import.meta.dirname, '..');

interface Recipe {
  name: string;
  /** Paths to edit by hand. */
  edits: string[];
  checks: string[];
}

const pathsIn = (cell: string): string[] => [...cell.matchAll(/`([^`]*[/.][^`]*)`/g)].map(([, path]) => path as string);

/** The rows of the table "How to add …" in ARCHITECTURE.md. */
function recipes(): Recipe[] {
  const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  const section = text.slice(text.indexOf('## How to add …'));
  const rows = section.split('\n').filter((line) => line.startsWith('| a'));
  return rows.map((row) => {
    const [name = '', edit = '', check = ''] = row.slice(2, -2).split(' | ');
    return { name, edits: pathsIn(edit).filter((path) => path.includes('/') || path === 'compose.yaml'), checks: pathsIn(check) };
  });
}

/** The most files that a recipe may edit; the default is 4. */
const LIMITS: Record<string, number> = {
  'a filter of a list': 3,
  'an environment variable': 4,
  'a Stripe event that raises a flag': 4,
};

describe('the recipes of ARCHITECTURE.md', () => {
  test('cover the most common additions', () => {
    expect(recipes().map(({ name }) => name)).toEqual(
      expect.arrayContaining([...Object.keys(LIMITS), 'an action', 'a console panel', 'an error code', 'a migration']),
    );
  });

  test.each(recipes())('$name lists files that exist and has checks', ({ edits, checks }) => {
    expect(edits.length).toBeGreaterThan(0);
    expect(checks.length).toBeGreaterThan(0);
    expect([...edits, ...checks].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test.each(recipes())('$name stays within its limit of files', ({ name, edits }) => {
    expect(edits.length).toBeLessThanOrEqual(LIMITS[name] ?? 4);
  });
});

describe('a filter', () => {
  const lists = [
    { list: 'keys', query: KeyQuery, store: 'packages/control/src/keys/store.ts' },
    { list: 'consumers', query: ConsumerQuery, store: 'packages/control/src/consumers/store.ts' },
    { list: 'the audit log', query: AuditQuery, store: 'packages/control/src/audit/store.ts' },
    { list: 'usage events', query: EventsQuery, store: 'packages/control/src/usage/read/store.ts' },
  ];

  /** A filter that the route accepts but the store ignores would return too many rows. */
  test.each(lists)('of $list that the route accepts is used by the store', ({ query, store }) => {
    const filters = Object.keys(query.properties).filter((name) => !(name in PAGE_FIELDS));
    expect(filters.length).toBeGreaterThan(0);
    const text = readFileSync(join(ROOT, store), 'utf8');
    expect(filters.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  });
});
