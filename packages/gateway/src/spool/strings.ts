/** The strings in records of the spool: UTF-8 with a u16 length prefix. */

/**
 * Writes one string. A string too long for its length prefix makes the record exceed
 * `MAX_BODY_BYTES`, which is refused.
 */
export function writeString(buffer: Buffer, at: number, text: string): number {
  const bytes = buffer.write(text, at + 2);
  buffer.writeUInt16LE(Math.min(bytes, 0xffff), at);
  return at + 2 + bytes;
}

/** Encodes strings. */
export function strings(...texts: string[]): Buffer {
  const buffer = Buffer.alloc(texts.reduce((sum, text) => sum + 2 + Buffer.byteLength(text), 0));
  let at = 0;
  for (const text of texts) at = writeString(buffer, at, text);
  return buffer;
}

/**
 * Decodes all bytes at once and slices the strings out of the text; only those that are not ASCII
 * are decoded again.
 */
export function readStrings(bytes: Buffer, from: number, count: number): string[] {
  let end = from;
  for (let i = 0; i < count; i++) end += 2 + bytes.readUInt16LE(end);
  const text = bytes.toString('latin1', from, end);
  const found: string[] = [];
  for (let at = 0; found.length < count; ) {
    const length = bytes.readUInt16LE(from + at);
    const chunk = text.slice(at + 2, at + 2 + length);
    found.push(NOT_ASCII.test(chunk) ? bytes.toString('utf8', from + at + 2, from + at + 2 + length) : chunk);
    at += 2 + length;
  }
  return found;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: every control character is ASCII
const NOT_ASCII = /[^\x00-\x7f]/;
