import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultText, jsonFault } from './json-fault.ts';

describe('jsonFault', () => {
  test('JSON has none', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
        expect(jsonFault(JSON.stringify(value, null, indent))).toBeNull();
      }),
    );
  });

  test.each([
    ['', 'A value is missing here', 1, 1],
    ['{', 'A name in double quotes is missing here', 1, 2],
    ['{"a": 1,\n "b": 2,}', 'No comma may stand before }', 2, 8],
    ['[1,]', 'No comma may stand before ]', 1, 3],
    ['{"a" 1}', 'A colon is missing here', 1, 6],
    ['{"a": }', 'A value is missing here', 1, 7],
    ['{"a": 1 "b": 2}', 'A comma or } is missing here', 1, 9],
    ['[1 2]', 'A comma or ] is missing here', 1, 4],
    ['{a: 1}', 'A name in double quotes is missing here', 1, 2],
    ['{"a": \'x\'}', 'Text stands in double quotes', 1, 7],
    ['{"a": "x', 'This text has no closing quote', 1, 7],
    ['{"a": "x\ny"}', 'A line break or tab in a text is written \\n or \\t', 1, 9],
    ['{"a": "\\x"}', 'A backslash is written \\\\', 1, 8],
    ['{} {}', 'Nothing may follow the value', 1, 4],
    ['01', 'Nothing may follow the value', 1, 2],
    ['truest', 'A value is missing here', 1, 1],
  ])('%j: %s, line %i, column %i', (text, message, line, column) => {
    expect(jsonFault(text)).toEqual({ message, line, column });
  });

  test('every text that is not JSON has a fault, however it is broken', () => {
    const broken = fc.tuple(fc.jsonValue(), fc.nat(), fc.constantFrom('', ',', '}', '"', '\\', 'x', '\n')).map(([value, at, piece]) => {
      const text = JSON.stringify(value, null, 1);
      const place = at % (text.length + 1);
      return text.slice(0, place) + piece + text.slice(place + 1);
    });
    fc.assert(
      fc.property(broken, (text) => {
        const fault = jsonFault(text);
        expect(fault === null).toBe(isJson(text));
        if (fault) expect(fault.line).toBeLessThanOrEqual(text.split('\n').length);
      }),
    );
  });

  test('nested deeper than can be followed, it still answers', () => {
    expect(jsonFault('['.repeat(200_000))).toMatchObject({ line: 1 });
  });
});

test('the place is in the words', () => {
  expect(faultText({ message: 'A colon is missing here', line: 3, column: 5 })).toBe('A colon is missing here (line 3, column 5)');
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
