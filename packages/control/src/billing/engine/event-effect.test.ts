import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { effectOf, FLAGGED_EVENTS, flagOf } from './event-effect.ts';

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

test('docs/billing.md names an event of every flag', async () => {
  const docs = await read('docs/billing.md');
  const documented = flagged.filter(([type]) => docs.includes(type)).map(([, { kind }]) => kind);
  expect(new Set(documented)).toEqual(new Set(flagged.map(([, { kind }]) => kind)));
});
