import { describe, expect, it } from 'vitest';
import { csvToJson } from './csv-to-json.ts';
import { qrCode } from './qr-code.ts';
import { textStats } from './text-stats.ts';

const run = (action: { run: (payload: never) => unknown }, payload: unknown): Promise<unknown> =>
  Promise.resolve(action.run(payload as never));

async function rowsOf(csv: string, delimiter?: string): Promise<unknown> {
  const { rows } = (await run(csvToJson, { csv, ...(delimiter ? { delimiter } : {}) })) as { rows: Iterable<string> };
  return JSON.parse(`[${[...rows].join(',')}]`);
}

describe('text_stats', () => {
  it.each([
    ['', { characters: 0, words: 0, uniqueWords: 0, sentences: 0, lines: 0, bytes: 0, readingSeconds: 0 }],
    ['Hello there. How are you?', { characters: 25, words: 5, uniqueWords: 5, sentences: 2, lines: 1, bytes: 25 }],
    ['👩‍👩‍👧 é\r\nb', { characters: 5, words: 2, lines: 2 }],
    ['...', { characters: 3, words: 0, sentences: 0 }],
    ['The the', { uniqueWords: 1 }],
  ])('counts %j', async (text, expected) => {
    expect(await run(textStats, { text })).toMatchObject(expected);
  });

  it('counts a long text as its parts, wherever the pieces end', async () => {
    for (const unit of ['a b ', '👩‍👩‍👧', 'word\r\n', 'é', ' ']) {
      const times = Math.floor(5_000 / unit.length);
      const one = ((await run(textStats, { text: unit })) as { characters: number }).characters;
      const many = ((await run(textStats, { text: unit.repeat(times) })) as { characters: number }).characters;
      // A text without any space is cut where a piece is full; at most one character per cut is counted twice.
      expect(Math.abs(many - one * times)).toBeLessThanOrEqual(
        unit.includes(' ') || unit.length === 1 ? 0 : Math.ceil((unit.length * times) / 1_000),
      );
    }
  });

  it.each([
    ['letters', 'a b '.repeat(50_000)],
    ['spaces', ' '.repeat(200_000)],
    ['points', '.'.repeat(200_000)],
  ])(
    'takes the longest text of %s without a square of work or memory',
    async (_what, text) => {
      const before = process.memoryUsage().rss;
      await run(textStats, { text });
      expect(process.memoryUsage().rss - before).toBeLessThan(500_000_000);
    },
    20_000,
  );
});

describe('csv_to_json', () => {
  it('reads quotes, line breaks in them, empty fields, a byte order mark, another delimiter', async () => {
    expect(await rowsOf('\uFEFFa,b\r\n"1,2","x\ny"\r\n,""\r\n')).toEqual([
      { a: '1,2', b: 'x\ny' },
      { a: '', b: '' },
    ]);
    expect(await rowsOf('a;b\n1;2', ';')).toEqual([{ a: '1', b: '2' }]);
  });

  it('none, only a header, and a name that is a property of every object', async () => {
    expect(await rowsOf('')).toEqual([]);
    expect(await rowsOf('a,b\n')).toEqual([]);
    expect(await rowsOf('constructor\n1')).toEqual([{ constructor: '1' }]);
  });

  it.each([
    ['a name that stands twice', 'a,a\n1,2', /twice/],
    ['a name of 101 characters', `${'x'.repeat(101)}\n1`, /longer than 100/],
    ['1,001 columns', `${Array.from({ length: 1_001 }, (_, i) => `c${i}`).join(',')}\n`, /at most 1000/],
    ['140,000 columns of one line', `${Array.from({ length: 140_000 }, (_, i) => i).join(',')},0`, /at most 1000/],
    ['an answer over 16 MB', `${'x'.repeat(100)}\n${'1\n'.repeat(400_000)}`, /16 MB/],
    ['a row with a column too few', 'a,b\n1', /Invalid Record Length/],
  ])('refuses %s', async (_what, csv, reason) => {
    await expect(rowsOf(csv)).rejects.toThrow(reason);
  });
});

describe('qr_code', () => {
  it('draws an SVG and writes nothing of the text into it', async () => {
    const { svg, contentType } = (await run(qrCode, { text: '<script>alert(1)</script>' })) as { svg: string; contentType: string };
    expect(contentType).toBe('image/svg+xml');
    expect(svg).toContain('<svg');
    expect(svg).not.toContain('script');
  });

  it('refuses a text that does not fit', async () => {
    await expect(async () => run(qrCode, { text: 'x'.repeat(2_000), errorCorrection: 'H' })).rejects.toThrow(/too long/);
  });
});
