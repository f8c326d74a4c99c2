import { describe, expect, it } from 'vitest';
import { findLoss } from './json-loss.ts';

const pointer = (text: string) => findLoss(text)?.pointer ?? null;

describe('a number', () => {
  it.each([
    ...[
      '0',
      '-0',
      '1',
      '-1',
      '1.0',
      '1.10',
      '100',
      '1e2',
      '1E+2',
      '1e-2',
      '0.1',
      '0e0',
      '0e999999999999',
      '0.000',
      '1e23',
      '1.5e300',
      '5e-324',
    ],
    ...['9007199254740991', '-9007199254740991', '9007199254740992', '0.30000000000000004', '1.7976931348623157e308', '123456789012345'],
    ...['12345678901234567000', '1e21', '10000000000000000000000', '0.1000000000000000000000000', '2.2250738585072014e-308'],
  ])('%s is kept', (number) => {
    expect(findLoss(number)).toBeNull();
    expect(findLoss(`{"a":[${number}]}`)).toBeNull();
    expect(Number(JSON.stringify(JSON.parse(number)))).toBe(Number(number) + 0);
  });

  it.each([
    ...['1e400', '-1e400', '1e309', '1.7976931348623159e308', '1e-400', '4e-324', '1e99999999999999999999', '1e-99999999999999999999'],
    ...[
      '12345678901234567890',
      '9007199254740993',
      '-9007199254740993',
      '0.1000000000000000055',
      '3.141592653589793238',
      '1234567.8901234567890',
    ],
    ...['0.30000000000000000001', '99999999999999999', '1.00000000000000000000001'],
  ])('%s is not kept, at any position', (number) => {
    expect(pointer(number)).toBe('#');
    expect(pointer(` [ 1 , ${number} ] `)).toBe('#/1');
    expect(pointer(`{"a":{"b":[0,{},{"c":${number}}]},"d":1}`)).toBe('#/a/b/2/c');
  });

  it('in a string or a name is not checked', () => {
    expect(findLoss('{"1e400":"12345678901234567890","a":"\\"1e400","b":"\\\\","c":"[1e400"}')).toBeNull();
    expect(pointer('{"a":"\\\\","b":1e400}')).toBe('#/b');
    expect(pointer('{"a":"\\\\\\"","b":1e400}')).toBe('#/b');
  });

  it('is kept exactly when it prints as the same value', () => {
    const random = generator(11);
    for (let round = 0; round < 5_000; round++) {
      const value = (random() - 0.5) * 10 ** Math.floor(random() * 30 - 10);
      expect([value, findLoss(String(value)), findLoss(value.toExponential())]).toEqual([value, null, null]);
      const digits = value.toFixed(Math.floor(random() * 25));
      expect([digits, findLoss(digits) === null]).toEqual([digits, scaled(digits) === scaled(String(Number(digits)))]);
    }
  });

  it('of a million digits is checked in linear time', () => {
    const started = performance.now();
    expect(pointer(`1${'0'.repeat(500_000)}1`)).toBe('#');
    expect(pointer(`0.${'0'.repeat(500_000)}1${'0'.repeat(500_000)}`)).toBe('#');
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('text', () => {
  it.each([
    ...[
      '"\\ud83d\\ude00"',
      '"😀"',
      '"\\uFFFD"',
      '"\ufffd"',
      '"\\u0000"',
      '"\\\\ud800"',
      '"e\\u0301"',
      '"\\ufeff"',
      '"\\u202e\\u05d0"',
      '"\\ud7ff\\ue000"',
    ],
  ])('%s is kept', (text) => {
    expect(findLoss(text)).toBeNull();
    expect(findLoss(`{${text}:[${text}]}`)).toBeNull();
  });

  it.each(['"\\ud800"', '"\\uDFFF"', '"a\\ud83d"', '"\\ude00\\ud83d"', '"\\ud83d\\ud83d\\ude00"', '"\\uD83D\\\\ude00"', '"\\\\\\ud800"'])(
    '%s, with half a surrogate pair, is not kept, as a value or as a name',
    (text) => {
      expect(pointer(text)).toBe('#');
      expect(pointer(`{"a":[1,${text}]}`)).toBe('#/a/1');
      expect(pointer(`{"a":{"b":0,${text}:1}}`)).toBe('#/a');
      expect(pointer(`{${text}:1}`)).toBe('#');
    },
  );
});

describe('the pointer', () => {
  it('decodes the JSON escapes of names, then escapes them as in RFC 6901', () => {
    expect(pointer('{"a/b":{"~":{"c d":{"\\u0041\\"":1e400}}}}')).toBe('#/a~1b/~0/c%20d/A%22');
    expect(pointer('{"":{"0":[[],[1e400]]}}')).toBe('#//0/1/0');
  });

  it('refers to the first loss, after objects and arrays that are closed', () => {
    expect(pointer('[{"a":[1,2,{"b":{}}],"c":"]}"},[[]],{"x":"\\ud800","y":1e400}]')).toBe('#/2/x');
  });
});

it('a body of the maximum size is checked in linear time, whatever it contains', () => {
  const started = performance.now();
  for (const token of ['[', '"\\\\\\"1e5",', '123456789012345,', '"",', '1e1,', '{"a":']) {
    const text = token.repeat(Math.floor(1_048_576 / token.length));
    findLoss(text);
    findLoss(`"${'\\\\'.repeat(500_000)}",1e5`);
  }
  expect(performance.now() - started).toBeLessThan(10_000);
});

/** The exact value of a decimal, as a multiple of 10^-60. */
function scaled(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const negative = whole.startsWith('-') ? -1n : 1n;
  return negative * BigInt(whole.replace('-', '') + fraction) * 10n ** BigInt(60 - fraction.length + Number(exponent));
}

/** A seeded random number generator: numbers from 0 to 1, the same in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
