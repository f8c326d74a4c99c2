import { ProblemError } from '@api-factory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonRows } from './action.ts';
import { csvToJson } from './csv-to-json.ts';

function rowsOf(csv: string, delimiter?: string): unknown {
  const { rows } = csvToJson.run({ csv, ...(delimiter ? { delimiter } : {}) } as never) as JsonRows;
  return JSON.parse(`[${[...rows].join(',')}]`);
}

/** A reference parser that reads one character at a time. @returns null if the text is not CSV */
function referenceRows(text: string, delimiter: string): string[][] | null {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at <= text.length) {
    let cell = '';
    const quoted = text[at] === '"';
    if (quoted) {
      for (at += 1; ; at++) {
        if (at >= text.length) return null;
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') cell += text[at++];
        else break;
      }
      at += 1;
    } else {
      for (; at < text.length && text[at] !== delimiter && text[at] !== '\r' && text[at] !== '\n'; at++) {
        if (text[at] === '"') return null;
        cell += text[at];
      }
    }
    row.push(cell);
    if (text[at] === delimiter) {
      at += 1;
      continue;
    }
    if (at < text.length && text[at] !== '\r' && text[at] !== '\n') return null;
    if (row.length > 1 || quoted || cell !== '') rows.push(row);
    row = [];
    at += text.startsWith('\r\n', at) ? 2 : 1;
  }
  return rows;
}

/**
 * The objects that the action should return for the rows; null if the header or the length of a row
 * is wrong.
 */
function referenceObjects(rows: string[][] | null): unknown {
  if (rows === null) return null;
  const [names = [], ...rest] = rows;
  if (new Set(names).size < names.length || rest.some((row) => row.length !== names.length)) return null;
  return rest.map((row) => Object.fromEntries(row.map((cell, index) => [names[index], cell])));
}

const DELIMITERS = [',', ';', '\t', '|'];
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

describe('csv_to_json', () => {
  it.each([
    [
      'CRLF among LF',
      'a,b\n1,2\r\n3,4\n',
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    ],
    ['LF after a header with CRLF', 'a\r\n1\n2\n', [{ a: '1' }, { a: '2' }]],
    [
      'CR alone',
      'a,b\r1,2\r3,4',
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    ],
    ['an empty line first', '\r\na,b\n1,2\n', [{ a: '1', b: '2' }]],
    [
      'a quoted cell before CRLF',
      'a,b\n1,"2"\r\n"3",4\r\n',
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    ],
    ['line ends of each kind within quotes', 'a\r\n"1\n2\r\n3\r4"\n', [{ a: '1\n2\r\n3\r4' }]],
    ['a last row without a line end', 'a\n1\r\n2', [{ a: '1' }, { a: '2' }]],
  ])('reads %s', (_what, csv, expected) => {
    expect(rowsOf(csv)).toEqual(expected);
  });

  it('returns any rows unchanged, with any line ends and quoting', () => {
    const cell = fc.tuple(
      fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', '"', ',', ';', '\t', '|', '\n', '\r', '1'), maxLength: 5 }),
      fc.boolean(),
    );
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((columns) =>
        fc.tuple(
          fc.constant(columns),
          fc.array(fc.tuple(fc.array(cell, { minLength: columns, maxLength: columns }), lineEnd, fc.nat(2)), { maxLength: 8 }),
        ),
      );
    fc.assert(
      fc.property(table, fc.constantFrom(...DELIMITERS), fc.boolean(), lineEnd, ([columns, rows], delimiter, bom, headEnd) => {
        const names = Array.from({ length: columns }, (_, index) => `n${index}`);
        const write = ([text, wanted]: [string, boolean]) =>
          wanted || text === '' || /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
        const lines = rows.map(([cells, end, empty]) => cells.map(write).join(delimiter) + end.repeat(1) + '\n'.repeat(empty));
        const csv = `${bom ? '\uFEFF' : ''}${names.join(delimiter)}${headEnd}${lines.join('')}`;
        expect(rowsOf(csv, delimiter)).toEqual(
          rows.map(([cells]) => Object.fromEntries(cells.map(([text], index) => [names[index], text]))),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('reads any text as a reference parser does, or refuses it with 400', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', '"', ',', ';', '\n', '\r', '\r\n', '\uFEFF', ' '), maxLength: 30 });
    fc.assert(
      fc.property(text, fc.constantFrom(',', ';'), (csv, delimiter) => {
        const expected = referenceObjects(referenceRows(csv, delimiter));
        if (expected === null) expect(() => rowsOf(csv, delimiter)).toThrow(ProblemError);
        else expect(rowsOf(csv, delimiter)).toEqual(expected);
      }),
      { numRuns: 5_000 },
    );
  });

  it('reads a byte order mark, empty cells, and each delimiter', () => {
    expect(rowsOf('\uFEFFa,b\r\n"1,2","x\ny"\r\n,""\r\n')).toEqual([
      { a: '1,2', b: 'x\ny' },
      { a: '', b: '' },
    ]);
    for (const sign of DELIMITERS) expect(rowsOf(`a${sign}b\n1${sign}2`, sign)).toEqual([{ a: '1', b: '2' }]);
  });

  it.each([
    ['nothing', ''],
    ['a byte order mark alone', '\uFEFF'],
    ['empty lines alone', '\n\r\n\r'],
    ['a header alone', 'a,b\n'],
    ['a header without a line end', 'a,b'],
  ])('returns no rows for %s', (_what, csv) => {
    expect(rowsOf(csv)).toEqual([]);
  });

  it('accepts a column name that is an inherited property of objects', () => {
    expect(rowsOf('constructor\n1')).toEqual([{ constructor: '1' }]);
  });

  it.each([
    ['a column name that appears twice', 'a,a\n1,2', /twice/],
    ['a name of 101 characters', `${'x'.repeat(101)}\n1`, /longer than 100/],
    ['1,001 columns', `${Array.from({ length: 1_001 }, (_, i) => `c${i}`).join(',')}\n`, /limit is 1000/],
    ['140,000 columns', `${Array.from({ length: 140_000 }, (_, i) => i).join(',')},0`, /limit is 1000/],
    ['a response over 16 MB', `${'x'.repeat(100)}\n${'1\n'.repeat(400_000)}`, /16 MB/],
    ['a row with a column too few', 'a,b\n1', /Invalid Record Length/],
  ])('refuses %s', (_what, csv, reason) => {
    expect(() => rowsOf(csv)).toThrow(reason);
  });
});
