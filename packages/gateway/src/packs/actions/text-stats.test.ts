import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textStats } from './text-stats.ts';

interface Stats {
  characters: number;
}
const run = (text: string): Stats => textStats.run({ text } as never) as Stats;
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const countWhole = (text: string): number => [...segmenter.segment(text)].length;

describe('text_stats', () => {
  it.each([
    ['', { characters: 0, words: 0, uniqueWords: 0, sentences: 0, lines: 0, bytes: 0, readingSeconds: 0 }],
    ['Hello there. How are you?', { characters: 25, words: 5, uniqueWords: 5, sentences: 2, lines: 1, bytes: 25 }],
    ['👩‍👩‍👧 é\r\nb', { characters: 5, words: 2, lines: 2 }],
    ['...', { characters: 3, words: 0, sentences: 0 }],
    ['The the', { uniqueWords: 1 }],
  ])('counts %j', (text, expected) => {
    expect(run(text)).toMatchObject(expected);
  });

  it.each([
    ['a family', '👩‍👩‍👧'],
    ['flags', '🇩🇪🇫🇷'],
    ['regional indicators, three at a time', '🇩🇪🇫'],
    ['Hangul of jamo', '\u1112\u1161\u11ab'],
    ['CRLF', '\r\n'],
    ['an Indic conjunct', 'क्ष'],
    ['a skin tone', '👍🏽'],
    ['a flag of tags', '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'],
    ['letters', 'word'],
  ])('counts a long run of %s like the segmenter, wherever a chunk ends', (_what, unit) => {
    for (let shift = 0; shift <= unit.length; shift++) {
      const text = 'x'.repeat(shift) + unit.repeat(Math.ceil(2_500 / unit.length));
      expect(run(text).characters).toBe(countWhole(text));
    }
  });

  it('counts any text like the segmenter', { timeout: 120_000 }, () => {
    const part = fc.oneof(
      fc.constantFrom(
        '👩‍👩‍👧',
        '👍🏽',
        '❤️',
        '🇩',
        '🇪',
        '\u1100',
        '\u1161',
        '\u11a8',
        '각',
        '\u200d',
        '\u0301',
        'क',
        '्',
        'ष',
        '\r',
        '\n',
        ' ',
        'a',
        '\u0600',
        '\ud83d',
        '\udc69',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    const repeated = fc.tuple(part, fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 300, max: 1_200 })));
    fc.assert(
      fc.property(fc.array(repeated, { minLength: 1, maxLength: 3 }), (runs) => {
        const text = runs.map(([unit, times]) => unit.repeat(times)).join('');
        expect(run(text).characters).toBe(countWhole(text));
      }),
      { numRuns: 100 },
    );
  });

  it('counts one character that spans many chunks once', () => {
    expect(run(`ab${'\u0301'.repeat(100_000)}c`).characters).toBe(3);
  });

  it.each([
    ['letters', 'a b '.repeat(50_000)],
    ['spaces', ' '.repeat(200_000)],
    ['points', '.'.repeat(200_000)],
    ['one character', `a${'\u0301'.repeat(199_999)}`],
  ])(
    'counts the longest text of %s without quadratic time or memory',
    (_what, text) => {
      const before = process.memoryUsage().rss;
      run(text);
      expect(process.memoryUsage().rss - before).toBeLessThan(500_000_000);
    },
    20_000,
  );
});
