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
  ])('writes %j as RFC 6901 does', (steps, pointer) => {
    expect(pointerTo(steps)).toBe(pointer);
  });

  test('keeps ~1 that was written by the client apart from an escaped slash', () => {
    expect(pointerTo(['~1', '/'])).toBe('#/~01/~1');
  });

  test('encodes what is no part of a fragment, and leaves what is', () => {
    expect(pointerTo(['#', 'ü', '😀'])).toBe('#/%23/%C3%BC/%F0%9F%98%80');
    expect(pointerTo(["!$&'()*+,;=:@?-._"])).toBe("#/!$&'()*+,;=:@?-._");
  });

  test('writes a lone surrogate as U+FFFD instead of failing', () => {
    expect(pointerTo(['a\ud800'])).toBe('#/a%EF%BF%BD');
  });
});
