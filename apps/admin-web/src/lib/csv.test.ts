import { expect, test } from 'vitest';
import { toCsv } from './csv.ts';

test('no rows make a header alone', () => {
  expect(toCsv(['a', 'b'], [])).toBe('a,b\r\n');
});

test('numbers, nothing and truth are written as they are', () => {
  expect(toCsv(['a', 'b', 'c', 'd'], [[1.5, null, true, undefined]])).toBe('a,b,c,d\r\n1.5,,true,\r\n');
});

test('commas, quotes and line breaks are quoted by RFC 4180', () => {
  expect(toCsv(['x'], [['a,b'], ['say "hi"'], ['two\nlines']])).toBe('x\r\n"a,b"\r\n"say ""hi"""\r\n"two\nlines"\r\n');
});

test.each(['=1+1', '+1', '-1', '@x', '\t=1'])('the text %j can’t run as a formula; a negative number stays a number', (text) => {
  expect(toCsv(['x'], [[text]])).toBe(`x\r\n'${text}\r\n`);
  expect(toCsv(['x'], [[-1]])).toBe('x\r\n-1\r\n');
});

test('nor behind what a spreadsheet may take for the end of a cell, nor in full width; other semicolons stay alone', () => {
  expect(toCsv(['x'], [['a;=1+1'], ['a\n=1+1'], ['＝1+1'], ['a;b=1;c']])).toBe("x\r\na;'=1+1\r\n\"a\n'=1+1\"\r\n'＝1+1\r\na;b=1;c\r\n");
});
