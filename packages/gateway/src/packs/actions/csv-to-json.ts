import { ProblemError } from '@api-factory/core';
import { CsvError, parse } from 'csv-parse/sync';
import { Type } from 'typebox';
import { defineAction, JsonRows } from './action.ts';

const MAX_CHARACTERS = 1_000_000;
/**
 * Every row repeats the column names: without a limit 1 MB of input could become gigabytes of
 * output.
 */
const MAX_NAME_LENGTH = 100;
const MAX_COLUMNS = 1_000;
/** The rows are kept in memory until the client has received them. */
const MAX_ANSWER_CHARACTERS = 16_000_000;
const ROWS_PER_CHUNK = 200;
/** Line ends, in any mixture. The longest comes first: otherwise CRLF would end two rows. */
const LINE_ENDS = ['\r\n', '\n', '\r'];

/**
 * Converts CSV (RFC 4180, with any mixture of line ends) with a header line to an array of objects,
 * sent row by row. The whole text is checked before the response starts. Empty lines are skipped.
 */
export const csvToJson = defineAction({
  name: 'csv_to_json',
  summary: 'Converts CSV with a header line to an array of objects',
  payload: Type.Object(
    {
      csv: Type.String({
        maxLength: MAX_CHARACTERS,
        description: 'RFC 4180; lines end in LF, CRLF or CR; at most 1,000,000 characters, and the whole body at most 1 MiB',
      }),
      delimiter: Type.Optional(Type.Union([Type.Literal(','), Type.Literal(';'), Type.Literal('\t'), Type.Literal('|')])),
    },
    { additionalProperties: false },
  ),
  cost: 2,
  heavy: true,
  run: ({ csv, delimiter = ',' }) => {
    const [names = [], ...rows] = readRows(csv, delimiter);
    checkNames(names);
    checkSize(names, rows, csv.length);
    return new JsonRows(jsonRows(names, rows));
  },
});

const CLOSING_QUOTE = 'A quoted cell must end at a delimiter or at the end of its line. Write a quote inside it twice.';

function readRows(csv: string, delimiter: string): string[][] {
  try {
    return parse(csv, { delimiter, bom: true, skip_empty_lines: true, record_delimiter: LINE_ENDS });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw badCsv(error.code === 'CSV_INVALID_CLOSING_QUOTE' ? CLOSING_QUOTE : error.message);
  }
}

function checkNames(names: string[]): void {
  const long = names.find((name) => name.length > MAX_NAME_LENGTH);
  if (long !== undefined) throw badCsv(`The column name “${long.slice(0, 20)}…” is longer than ${MAX_NAME_LENGTH} characters.`);
  if (names.length > MAX_COLUMNS) throw badCsv(`There are ${names.length} columns. The limit is ${MAX_COLUMNS}.`);
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined) throw badCsv(`The column name “${twice}” appears twice in the header line.`);
}

/** Every row repeats the names, with four more characters each for quotes, colon and comma. */
function checkSize(names: string[], rows: string[][], csvLength: number): void {
  const head = names.reduce((sum, name) => sum + name.length + 4, 2);
  if (head * rows.length + csvLength > MAX_ANSWER_CHARACTERS)
    throw badCsv('The response would be larger than 16 MB. Send fewer rows or shorter column names.');
}

const badCsv = (detail: string): ProblemError =>
  new ProblemError('VALIDATION_FAILED', { detail, errors: [{ pointer: '#/payload/csv', detail }] });

function* jsonRows(names: string[], rows: string[][]): Generator<string> {
  const heads = names.map((name) => `${JSON.stringify(name)}:`);
  for (let from = 0; from < rows.length; from += ROWS_PER_CHUNK) {
    const part = rows.slice(from, from + ROWS_PER_CHUNK);
    yield part.map((row) => `{${row.map((value, index) => heads[index] + JSON.stringify(value)).join(',')}}`).join(',');
  }
}
