import { expect, test } from 'vitest';
import { fieldsOf } from './fields.ts';

test('spaces around a name go, and an empty email is none', () => {
  expect(fieldsOf(' Ada ', '  ')).toEqual({ name: 'Ada', email: null });
  expect(fieldsOf('Ada', ' ada@example.com')).toEqual({ name: 'Ada', email: 'ada@example.com' });
});
