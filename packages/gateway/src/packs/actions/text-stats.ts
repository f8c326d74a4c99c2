import { setImmediate as otherWork } from 'node:timers/promises';
import { Type } from 'typebox';
import { defineAction } from './action.ts';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const WORDS_PER_MINUTE = 238;
/** The segmenter keeps memory that grows with the square of its text, so it gets pieces; other calls get their turn between them. */
const PIECE = 1_000;

/** Counts of a text. A character is what a reader sees as one (Unicode UAX #29), a word has a letter or a digit. */
export const textStats = defineAction({
  name: 'text_stats',
  summary: 'Counts characters, words, sentences, lines and bytes of a text',
  payload: Type.Object({ text: Type.String({ maxLength: 200_000 }) }, { additionalProperties: false }),
  cost: 1,
  run: async ({ text }) => {
    const words = text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu) ?? [];
    return {
      characters: await countCharacters(text),
      words: words.length,
      uniqueWords: new Set(words.map((word) => word.toLowerCase())).size,
      sentences: text.split(/[.!?…]+/).filter((part) => /[\p{L}\p{N}]/u.test(part)).length,
      lines: text === '' ? 0 : text.split(/\r\n|\r|\n/).length,
      bytes: Buffer.byteLength(text),
      readingSeconds: Math.ceil((words.length / WORDS_PER_MINUTE) * 60),
    };
  },
});

async function countCharacters(text: string): Promise<number> {
  let count = 0;
  for (let from = 0; from < text.length; ) {
    const to = pieceEnd(text, from);
    for (const _ of segmenter.segment(text.slice(from, to))) count += 1;
    from = to;
    await otherWork();
  }
  return count;
}

/** A piece ends before a space or line feed that follows an ASCII character: no character reaches across that. Without one it ends where it is full. */
function pieceEnd(text: string, from: number): number {
  const full = Math.min(text.length, from + PIECE);
  for (let at = full; full < text.length && at > from + 1; at--) {
    const after = text.charCodeAt(at);
    if ((after === 0x20 || after === 0x0a) && text.charCodeAt(at - 1) < 0x7f && text.charCodeAt(at - 1) !== 0x0d) return at;
  }
  return full;
}
