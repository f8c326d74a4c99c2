import { Type } from 'typebox';
import { defineAction } from './action.ts';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const WORDS_PER_MINUTE = 238;

/** Counts of a text. A character is what a reader sees as one (Unicode UAX #29), a word has a letter or a digit. */
export const textStats = defineAction({
  name: 'text_stats',
  summary: 'Counts characters, words, sentences, lines and bytes of a text',
  payload: Type.Object({ text: Type.String({ maxLength: 200_000 }) }, { additionalProperties: false }),
  cost: 1,
  run: ({ text }) => {
    const words = text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu) ?? [];
    return {
      characters: [...segmenter.segment(text)].length,
      words: words.length,
      uniqueWords: new Set(words.map((word) => word.toLowerCase())).size,
      sentences: (text.match(/[^.!?…]*[\p{L}\p{N}][^.!?…]*(?:[.!?…]+|$)/gu) ?? []).length,
      lines: text === '' ? 0 : text.split(/\r\n|\r|\n/).length,
      bytes: Buffer.byteLength(text),
      readingSeconds: Math.ceil((words.length / WORDS_PER_MINUTE) * 60),
    };
  },
});
