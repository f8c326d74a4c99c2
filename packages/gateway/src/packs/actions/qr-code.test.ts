import fc from 'fast-check';
import jsQR from 'jsqr';
import { describe, expect, it } from 'vitest';
import { qrCode } from './qr-code.ts';

type Level = 'L' | 'M' | 'Q' | 'H';
const LEVELS: Level[] = ['L', 'M', 'Q', 'H'];
const PIXELS_PER_MODULE = 4;

const draw = (text: string, errorCorrection?: Level, size?: number): string =>
  (
    qrCode.run({ text, ...(errorCorrection ? { errorCorrection } : {}), ...(size ? { size } : {}) } as never) as {
      svg: string;
    }
  ).svg;

/** Renders the SVG to pixels: a white background, then each rectangle of the path. */
function paint(svg: string): { pixels: Uint8ClampedArray; side: number } {
  const modules = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const side = modules * PIXELS_PER_MODULE;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    const from = Number(x) * PIXELS_PER_MODULE;
    for (let row = 0; row < PIXELS_PER_MODULE; row++) {
      const start = (Number(y) * PIXELS_PER_MODULE + row) * side + from;
      for (let at = start; at < start + Number(width) * PIXELS_PER_MODULE; at++) pixels.fill(0, at * 4, at * 4 + 3);
    }
  }
  return { pixels, side };
}

/** The bytes that another library decodes from the image. */
function decode(svg: string): Buffer {
  const { pixels, side } = paint(svg);
  const found = jsQR(pixels, side, side, { inversionAttempts: 'dontInvert' });
  if (!found) throw new Error('the image contains no readable QR code');
  return Buffer.from(found.binaryData);
}

describe('a QR code', () => {
  it.each([
    ['😀', 'f09f9880'],
    ['é', 'c3a9'],
    ['\u0800', 'e0a080'],
    ['🖤🌹', 'f09f96a4f09f8cb9'],
    ['a é\n€ 😀', '6120c3a90ae282ac20f09f9880'],
    ['\uFEFFa', 'efbbbf61'],
  ])('encodes %j as UTF-8, at every level', (text, hex) => {
    for (const level of LEVELS) expect(decode(draw(text, level)).toString('hex')).toBe(hex);
  });

  it('of any text decodes to that text at every level', { timeout: 120_000 }, () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('é', '\u0800', '😀', '🖤', '0', 'A', ' '), fc.string({ unit: 'binary' })),
      minLength: 1,
    });
    fc.assert(
      fc.property(
        text.filter((sample) => sample !== ''),
        fc.constantFrom(...LEVELS),
        (sample, level) => {
          expect(decode(draw(sample, level)).toString('utf8')).toBe(sample);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    ['L', 2_953],
    ['M', 2_331],
    ['Q', 1_663],
    ['H', 1_273],
  ] as const)('at level %s holds up to %i bytes, and one more is refused with the limit', (level, capacity) => {
    const full = 'é'.repeat(Math.floor(capacity / 2)) + (capacity % 2 === 1 ? 'x' : '');
    expect(decode(draw(full, level)).toString('utf8')).toBe(full);
    const limit = `has ${capacity + 1} bytes as UTF-8. A QR code holds up to ${capacity} at error correction ${level}`;
    expect(() => draw(`x${full}`, level)).toThrow(limit);
  });

  it('of alphanumeric text has the higher limit of that mode', () => {
    expect(decode(draw('A'.repeat(1_852), 'H')).toString()).toBe('A'.repeat(1_852));
    expect(() => draw('A'.repeat(1_853), 'H')).toThrow('has 1853 characters. A QR code holds up to 1852');
    expect(decode(draw('7'.repeat(2_000), 'H')).toString()).toBe('7'.repeat(2_000));
  });

  it('of a lone surrogate contains the replacement character', () => {
    expect(decode(draw('\ud83d')).toString('hex')).toBe('efbfbd');
  });

  it('has the requested size and none of the text in its markup', () => {
    const svg = draw('<script>alert(1)</script>', 'M', 2_048);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="2048" height="2048" /);
    expect(draw('x')).toContain('width="256" height="256"');
    expect(svg).not.toContain('script');
  });
});
