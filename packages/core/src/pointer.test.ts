import { describe, expect, test } from 'vitest';
import { pointerTo } from './pointer.ts';

describe('pointerTo', () => {
  // The examples of RFC 6901, section 6.
  test.each([
    [[], '#'],
    [['foo'], '#/foo'],
    [['foo', 0], '#/foo/0'],
    [[''], '#/'],
    [['a/b'], '#/a~1b'],
    [['c%d'], '#/c%25d'],
    [['e^f'], '#/e%5Ef'],
    [['g|h'], '#/g%7Ch'],
    [['i\\j'], '#/i%5Cj'],
    [['k"l'], '#/k%22l'],
    [[' '], '#/%20'],
    [['m~n'], '#/m~0n'],
  ])('encodes %j as in RFC 6901', (steps, pointer) => {
    expect(pointerTo(steps)).toBe(pointer);
  });

  test('distinguishes a literal ~1 from an escaped slash', () => {
    expect(pointerTo(['~1', '/'])).toBe('#/~01/~1');
  });

  test('encodes only characters that a fragment can’t contain', () => {
    expect(pointerTo(['#', 'ü', '😀'])).toBe('#/%23/%C3%BC/%F0%9F%98%80');
    expect(pointerTo(["!$&'()*+,;=:@?-._"])).toBe("#/!$&'()*+,;=:@?-._");
  });

  test('encodes a lone surrogate as U+FFFD instead of throwing', () => {
    expect(pointerTo(['a\ud800'])).toBe('#/a%EF%BF%BD');
  });
});
