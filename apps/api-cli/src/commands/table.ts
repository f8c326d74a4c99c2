/** A column's title and how to write its cell. Numbers stand to the right. */
export type Columns<Row> = Record<string, (row: Row) => string | number | null | undefined>;

/** Lines of a plain text table; an absent value is a dash. An empty list is only its titles. */
export function table<Row>(rows: Row[], columns: Columns<Row>): string {
  const titles = Object.keys(columns);
  const cells = rows.map((row) => titles.map((title) => columns[title]?.(row) ?? '-'));
  const toRight = titles.map((_, index) => isNumeric(cells.map((line) => line[index])));
  const text = [titles, ...cells.map((line) => line.map(cellText))];
  const widths = titles.map((_, index) => Math.max(...text.map((line) => (line[index] ?? '').length)));
  return text
    .map((line) => line.map((cell, index) => (toRight[index] ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0))))
    .map((line) => `${line.join('  ').trimEnd()}\n`)
    .join('');
}

/** A column of numbers, some of which may be absent. */
const isNumeric = (cells: unknown[]): boolean =>
  cells.some((cell) => typeof cell === 'number') && cells.every((cell) => typeof cell === 'number' || cell === '-');

/** Names come from outside: a control character must not reach the terminal. */
function cellText(cell: string | number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are replaced
  return String(cell).replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
