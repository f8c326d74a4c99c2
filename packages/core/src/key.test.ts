import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatKey, isWellFormedKey, KEY_PATTERN, maskKey } from './key.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const kinds = fc.constantFrom('live' as const, 'test' as const, 'admin' as const);

/** Deterministic bytes that look random. */
function bytesFrom(seed: number): (n: number) => Uint8Array {
  let block = 0;
  return (n) => {
    block += 1;
    return createHash('shake256', { outputLength: n }).update(`${seed}:${block}`).digest();
  };
}

describe('formatKey', () => {
  test('generates a well-formed key of each kind', () => {
    fc.assert(
      fc.property(kinds, fc.nat(), (kind, seed) => {
        const key = formatKey(kind, bytesFrom(seed));
        expect(key).toMatch(new RegExp(`^af_${kind}_[0-9A-Za-z]{36}$`));
        expect(isWellFormedKey(key)).toBe(true);
      }),
    );
  });

  test('ends in the CRC-32 (as in zlib) of all that precedes, in six base62 characters', () => {
    const key = formatKey('live', bytesFrom(1));
    const number = [...key.slice(-6)].reduce((sum, digit) => sum * 62 + BASE62.indexOf(digit), 0);
    expect(number).toBe(crc32(key.slice(0, -6)));
  });

  test('discards bytes of 248 and above, so that every character comes from exactly four bytes', () => {
    const counts = new Map<string, number>();
    for (let byte = 0; byte < 256; byte++) {
      const drawn: number[] = [];
      const key = formatKey('live', (n) => {
        drawn.push(n);
        return new Uint8Array(n).fill(drawn.length === 1 ? byte : 0);
      });
      const character = key.charAt(8);
      if (byte >= 248) expect({ byte, character, draws: drawn.length }).toEqual({ byte, character: '0', draws: 2 });
      else counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect([...counts.keys()].sort().join('')).toBe([...BASE62].sort().join(''));
    expect(new Set(counts.values())).toEqual(new Set([4]));
  });

  test('fills the whole key from a source with some bytes of 248 and above', () => {
    let first = true;
    const key = formatKey('test', (n) => {
      const bytes = new Uint8Array(n).fill(first ? 255 : 61);
      if (first) bytes[0] = 0;
      first = false;
      return bytes;
    });
    expect(key.slice(8, 38)).toBe(`0${'z'.repeat(29)}`);
  });

  test('generates 1,000 different keys from a CSPRNG', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => formatKey('live', randomBytes))).size).toBe(1_000);
  });
});

describe('isWellFormedKey', () => {
  test('detects one changed character at each position, for each other character', () => {
    const key = formatKey('live', bytesFrom(7));
    for (let position = 0; position < key.length; position++) {
      for (const character of `${BASE62}_-. é`) {
        if (character === key.charAt(position)) continue;
        const changed = key.slice(0, position) + character + key.slice(position + 1);
        expect({ changed, wellFormed: isWellFormedKey(changed) }).toEqual({ changed, wellFormed: false });
      }
    }
  });

  test('detects one changed character in any key', () => {
    fc.assert(
      fc.property(kinds, fc.nat(), fc.nat(43), fc.nat(61), (kind, seed, position, index) => {
        const key = formatKey(kind, bytesFrom(seed));
        const changed = key.slice(0, position) + BASE62.charAt(index) + key.slice(position + 1);
        expect(isWellFormedKey(changed)).toBe(changed === key);
      }),
      { numRuns: 500 },
    );
  });

  test('detects two swapped neighbors', () => {
    const key = formatKey('live', bytesFrom(3));
    for (let i = 0; i < key.length - 1; i++) {
      const swapped = key.slice(0, i) + key.charAt(i + 1) + key.charAt(i) + key.slice(i + 2);
      expect(isWellFormedKey(swapped)).toBe(swapped === key);
    }
  });

  test.each(['', 'af_live_', 'sk_live_1234', `af_prod_${'0'.repeat(36)}`, `af_live_${'0'.repeat(36)}`])('rejects %j', (text) => {
    expect(isWellFormedKey(text)).toBe(false);
  });

  test('rejects a key with anything before or after it', () => {
    const key = formatKey('live', bytesFrom(5));
    for (const text of [` ${key}`, `${key} `, `${key}\n`, `${key}0`, key.slice(0, -1), key.toUpperCase()]) {
      expect(isWellFormedKey(text)).toBe(false);
    }
  });

  test('rejects a live key whose prefix is changed to test: the checksum covers the prefix', () => {
    expect(isWellFormedKey(formatKey('live', bytesFrom(5)).replace('live', 'test'))).toBe(false);
  });
});

describe('KEY_PATTERN', () => {
  test('finds a consumer’s key inside other text', () => {
    const key = formatKey('test', bytesFrom(9));
    expect(`AUTH="${key}" # mine`.match(KEY_PATTERN)?.[0]).toBe(key);
  });

  test('does not match operator keys or longer words', () => {
    expect(KEY_PATTERN.test(formatKey('admin', bytesFrom(9)))).toBe(false);
    expect(KEY_PATTERN.test(`${formatKey('live', bytesFrom(9))}0`)).toBe(false);
    expect(KEY_PATTERN.test(`x${formatKey('live', bytesFrom(9))}`)).toBe(false);
  });
});

test('a mask shows the first 12 and the last 4 characters: 28 of 44 stay hidden', () => {
  const key = formatKey('live', bytesFrom(2));
  const { prefix, last4 } = maskKey(key);
  expect(key.startsWith(prefix)).toBe(true);
  expect(key.endsWith(last4)).toBe(true);
  expect(key.length - prefix.length - last4.length).toBe(28);
});
