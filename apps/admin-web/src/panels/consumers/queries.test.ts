import { expect, test } from 'vitest';
import { consumerFieldsOf } from './queries.ts';

test('the form’s fields are trimmed, and an empty email is sent as null', () => {
  expect(consumerFieldsOf(' Ada ', '  ')).toEqual({ name: 'Ada', email: null });
  expect(consumerFieldsOf('Ada', ' ada@example.com')).toEqual({ name: 'Ada', email: 'ada@example.com' });
});
