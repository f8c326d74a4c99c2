/**
 * Columns of a batch as binary Postgres arrays for `unnest`. Encoded by hand: converting and
 * parsing array literals would cost more than storing the rows. The driver sends a Buffer as
 * binary.
 */

/** Type OIDs of the elements. */
const TEXT = 25;
const FLOAT8 = 701;
/** Dimensions, null flag, element type, length, lower bound. */
const HEADER_BYTES = 20;
const NULL_LENGTH = -1;

/** `text[]`; null stays null. */
export function textColumn<T>(rows: readonly T[], of: (row: T) => string | null): Buffer {
  // A UTF-16 unit is at most three bytes of UTF-8.
  const buffer = Buffer.allocUnsafe(rows.reduce((sum, row) => sum + 4 + (of(row)?.length ?? 0) * 3, HEADER_BYTES));
  writeHeader(buffer, TEXT, rows.length);
  let at = HEADER_BYTES;
  for (const row of rows) {
    const value = of(row);
    const bytes = value === null ? NULL_LENGTH : buffer.write(value, at + 4);
    buffer.writeInt32BE(bytes, at);
    at += 4 + Math.max(bytes, 0);
  }
  return buffer.subarray(0, at);
}

/**
 * `float8[]`, which is exact for whole numbers up to 2^53; the statement casts it to the column
 * type.
 */
export function numberColumn<T>(rows: readonly T[], of: (row: T) => number): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + rows.length * 12);
  writeHeader(buffer, FLOAT8, rows.length);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  let at = HEADER_BYTES;
  for (const row of rows) {
    view.setInt32(at, 8);
    view.setFloat64(at + 4, of(row));
    at += 12;
  }
  return buffer;
}

function writeHeader(buffer: Buffer, elementType: number, length: number): void {
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(elementType === TEXT ? 1 : 0, 4);
  buffer.writeInt32BE(elementType, 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
}
