import { Type } from 'typebox';
import { defineAction } from './action.ts';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const WORDS_PER_MINUTE = 238;
/**
 * In UTF-16 units. The segmenter's memory grows with the square of its input, so it gets chunks.
 */
const CHUNK = 1_000;

/**
 * Text statistics. A character is a grapheme cluster (Unicode UAX #29); a word has a letter or a
 * digit.
 */
export const textStats = defineAction({
  name: 'text_stats',
  summary: 'Counts characters, words, sentences, lines and bytes of a text',
  payload: Type.Object({ text: Type.String({ maxLength: 200_000 }) }, { additionalProperties: false }),
  cost: 1,
  heavy: true,
  run: ({ text }) => {
    const words = text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu) ?? [];
    return {
      characters: countCharacters(text),
      words: words.length,
      uniqueWords: new Set(words.map((word) => word.toLowerCase())).size,
      sentences: text.split(/[.!?…]+/).filter((part) => /[\p{L}\p{N}]/u.test(part)).length,
      lines: text === '' ? 0 : text.split(/\r\n|\r|\n/).length,
      bytes: Buffer.byteLength(text),
      readingSeconds: Math.ceil((words.length / WORDS_PER_MINUTE) * 60),
    };
  },
});

/**
 * Counts extended grapheme clusters chunk by chunk. The last cluster of a chunk may continue after
 * it, so the next chunk starts with that cluster: every cut is then a boundary of UAX #29, whose
 * rules never look before the current cluster. A cluster that fills its whole chunk is retried with
 * twice the length.
 */
function countCharacters(text: string): number {
  let count = 0;
  let length = CHUNK;
  for (let from = 0; from < text.length; ) {
    const to = chunkEnd(text, from + length);
    const { clusters, lastStart } = clustersOf(text.slice(from, to));
    if (to === text.length) return count + clusters;
    count += clusters - 1;
    from += lastStart;
    length = clusters === 1 ? length * 2 : CHUNK;
  }
  return count;
}

/** Never splits a surrogate pair: its second half decides what the pair attaches to. */
function chunkEnd(text: string, end: number): number {
  if (end >= text.length) return text.length;
  const unit = text.charCodeAt(end);
  return unit >= 0xdc00 && unit <= 0xdfff ? end + 1 : end;
}

function clustersOf(chunk: string): { clusters: number; lastStart: number } {
  let clusters = 0;
  let lastStart = 0;
  for (const { index } of segmenter.segment(chunk)) {
    clusters += 1;
    lastStart = index;
  }
  return { clusters, lastStart };
}
