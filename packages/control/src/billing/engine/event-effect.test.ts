import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { effectOf, FLAGGED_EVENTS, flagOf, SYNCED_EVENTS } from './event-effect.ts';

const read = (path: string) => readFile(new URL(`../../../../../${path}`, import.meta.url), 'utf8');
const flagged = Object.entries(FLAGGED_EVENTS);

test.each(flagged)('%s is synced and raises its flag', (type, { kind }) => {
  expect(effectOf(type)).toBe('sync');
  expect(flagOf({ type, objectId: 'obj_1' })).toMatchObject({ kind, objectId: 'obj_1' });
});

test('an event without a flag raises none', () => {
  expect(flagOf({ type: 'invoice.paid', objectId: 'in_1' })).toBeNull();
});

test.each(flagged)('the console describes the flag of %s', async (_type, { kind }) => {
  expect(await read('apps/admin-web/src/panels/billing/descriptions.ts')).toContain(`  ${kind}: {`);
});

/** The event types in the table "What each event does": `refund.*` (created, failed) names two. */
async function documentedTypes(): Promise<string[]> {
  const docs = await read('docs/billing.md');
  const section = docs.slice(docs.indexOf('## What each event does'), docs.indexOf('## Troubleshooting'));
  const cells = section.split('\n').map((line) => (line.startsWith('| `') ? (line.split('|')[1] ?? '') : ''));
  return [...cells.join().matchAll(/`([a-z_.]+?)(?:\.\*` \(([^)]+)\)|`)/g)].flatMap(([, name = '', verbs]) =>
    verbs === undefined ? [name] : verbs.split(', ').map((verb) => `${name}.${verb}`),
  );
}

test('docs/billing.md lists every event that has an effect, and no other', async () => {
  const documented = await documentedTypes();
  expect(documented.filter((type) => effectOf(type) === 'none')).toEqual([]);
  expect([...SYNCED_EVENTS].filter((type) => !documented.includes(type))).toEqual([]);
});
