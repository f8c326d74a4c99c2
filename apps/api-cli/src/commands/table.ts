/** Maps column titles to the cell of a row. Columns of numbers are right-aligned. */
export type Columns<Row> = Record<string, (row: Row) => string | number | null | undefined>;

/** A plain text table. Absent values are dashes; without rows only the titles remain. */
export function table<Row>(rows: Row[], columns: Columns<Row>): string {
  const titles = Object.keys(columns);
  const cells = rows.map((row) => titles.map((title) => columns[title]?.(row) ?? '-'));
  const alignedRight = titles.map((_, index) => isNumeric(cells.map((line) => line[index])));
  const text = [titles, ...cells.map((line) => line.map(cellText))];
  const widths = titles.map((_, index) => Math.max(...text.map((line) => (line[index] ?? '').length)));
  return text
    .map((line) => line.map((cell, index) => (alignedRight[index] ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0))))
    .map((line) => `${line.join('  ').trimEnd()}\n`)
    .join('');
}

/** Whether a column contains only numbers, some of which may be absent. */
const isNumeric = (cells: unknown[]): boolean =>
  cells.some((cell) => typeof cell === 'number') && cells.every((cell) => typeof cell === 'number' || cell === '-');

/** Names are untrusted: a control character must not reach the terminal. */
function cellText(cell: string | number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are replaced
  return String(cell).replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
