import { JsonRows } from '../packs/actions/action.ts';

/**
 * The result of a heavy action as JSON text in UTF-8, which the serving thread only has to send:
 * the value of `data`, or the elements of that array with the commas between them.
 */
export interface HeavyResult {
  kind: 'value' | 'rows';
  chunks: Uint8Array[];
}

const encoder = new TextEncoder();

/** Each chunk owns its memory, so that a thread can transfer it without a copy. */
export async function encodeResult(data: unknown): Promise<HeavyResult> {
  if (!(data instanceof JsonRows)) return { kind: 'value', chunks: [encoder.encode(JSON.stringify(data))] };
  const chunks: Uint8Array[] = [];
  for await (const rows of data.rows) chunks.push(encoder.encode(chunks.length === 0 ? rows : `,${rows}`));
  return { kind: 'rows', chunks };
}
