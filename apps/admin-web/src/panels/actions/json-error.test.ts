import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonError, jsonErrorText } from './json-error.ts';

describe('the syntax error of a text', () => {
  test('is null for JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
        expect(jsonError(JSON.stringify(value, null, indent))).toBeNull();
      }),
    );
  });

  test.each([
    ['', 'Expected a value', 1, 1],
    ['{', 'Expected a property name in double quotes', 1, 2],
    ['{"a": 1,\n "b": 2,}', 'Trailing comma before }', 2, 8],
    ['[1,]', 'Trailing comma before ]', 1, 3],
    ['{"a" 1}', 'Expected a colon', 1, 6],
    ['{"a": }', 'Expected a value', 1, 7],
    ['{"a": 1 "b": 2}', 'Expected a comma or }', 1, 9],
    ['[1 2]', 'Expected a comma or ]', 1, 4],
    ['{a: 1}', 'Expected a property name in double quotes', 1, 2],
    ['{"a": \'x\'}', 'Strings must be in double quotes', 1, 7],
    ['{"a": "x', 'Missing closing quote', 1, 7],
    ['{"a": "x\ny"}', 'Write line breaks and tabs in strings as \\n and \\t', 1, 9],
    ['{"a": "\\x"}', 'Invalid escape sequence: write a backslash as \\\\', 1, 8],
    ['{} {}', 'Unexpected text after the value', 1, 4],
    ['01', 'Unexpected text after the value', 1, 2],
    ['truest', 'Expected a value', 1, 1],
  ])('in %j is “%s”, at line %i, column %i', (text, message, line, column) => {
    expect(jsonError(text)).toEqual({ message, line, column });
  });

  test('is found in every text that is not JSON', () => {
    const broken = fc.tuple(fc.jsonValue(), fc.nat(), fc.constantFrom('', ',', '}', '"', '\\', 'x', '\n')).map(([value, at, inserted]) => {
      const text = JSON.stringify(value, null, 1);
      const place = at % (text.length + 1);
      return text.slice(0, place) + inserted + text.slice(place + 1);
    });
    fc.assert(
      fc.property(broken, (text) => {
        const error = jsonError(text);
        expect(error === null).toBe(isJson(text));
        if (error) expect(error.line).toBeLessThanOrEqual(text.split('\n').length);
      }),
    );
  });

  test('is found in a text nested too deeply to parse', () => {
    expect(jsonError('['.repeat(200_000))).toMatchObject({ line: 1 });
  });
});

test('a syntax error is shown with its position', () => {
  expect(jsonErrorText({ message: 'Expected a colon', line: 3, column: 5 })).toBe('Expected a colon (line 3, column 5)');
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
