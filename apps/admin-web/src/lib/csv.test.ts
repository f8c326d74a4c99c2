import { expect, test } from 'vitest';
import { toCsv } from './csv.ts';

test('a table without rows is just a header', () => {
  expect(toCsv(['a', 'b'], [])).toBe('a,b\r\n');
});

test('numbers and booleans are written unchanged, null and undefined as empty cells', () => {
  expect(toCsv(['a', 'b', 'c', 'd'], [[1.5, null, true, undefined]])).toBe('a,b,c,d\r\n1.5,,true,\r\n');
});

test('cells with commas, quotes or line breaks are quoted (RFC 4180)', () => {
  expect(toCsv(['x'], [['a,b'], ['say "hi"'], ['two\nlines']])).toBe('x\r\n"a,b"\r\n"say ""hi"""\r\n"two\nlines"\r\n');
});

test.each(['=1+1', '+1', '-1', '@x', '\t=1'])(
  'the text %j is escaped so that it can’t run as a formula, and a negative number is not',
  (text) => {
    expect(toCsv(['x'], [[text]])).toBe(`x\r\n'${text}\r\n`);
    expect(toCsv(['x'], [[-1]])).toBe('x\r\n-1\r\n');
  },
);

test('a formula after a possible cell separator or in full-width characters is escaped too, but other semicolons are not', () => {
  expect(toCsv(['x'], [['a;=1+1'], ['a\n=1+1'], ['＝1+1'], ['a;b=1;c']])).toBe("x\r\na;'=1+1\r\n\"a\n'=1+1\"\r\n'＝1+1\r\na;b=1;c\r\n");
});
