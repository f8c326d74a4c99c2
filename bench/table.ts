/** Prints a table. The first column is left-aligned unless it has numbers, the others right. */
export function printTable(title: string, heads: string[], rows: (string | number)[][]): void {
  const cells = rows.map((row) => row.map(String));
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: string[], source: (string | number)[]) =>
    row.map((cell, i) => (i > 0 || typeof source[i] === 'number' ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ');
  console.log(`\n${title}`);
  console.log(line(heads, heads));
  console.log(widths.map((width) => '-'.repeat(width)).join('  '));
  for (const [i, row] of cells.entries()) console.log(line(row, rows[i] ?? []));
}

/** The median; NaN without values. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
}
