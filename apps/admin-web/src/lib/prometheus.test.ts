import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMetrics, type Sample } from './prometheus.ts';

const one = (line: string): Sample | undefined => parseMetrics(line)[0];

describe('the Prometheus parser', () => {
  test('returns samples with labels and values, and skips comments and empty lines', () => {
    const text = '# HELP a_total Some “help”.\n# TYPE a_total counter\na_total{code="ALLOW",to="x"} 3\n\n  b 1.5e3\n';
    expect(parseMetrics(text)).toEqual([
      { name: 'a_total', labels: { code: 'ALLOW', to: 'x' }, value: 3 },
      { name: 'b', labels: {}, value: 1500 },
    ]);
  });

  test('accepts quotes, backslashes, line breaks, braces and commas in a label value', () => {
    expect(one(String.raw`a{x="say \"hi\", {b}\\n\n",y=""} 1`)?.labels).toEqual({ x: 'say "hi", {b}\\n\n', y: '' });
  });

  test.each([
    ['a{} 1', {}],
    ['a{ x = "1" , y="2", } 1', { x: '1', y: '2' }],
    ['a{x="1"}1', { x: '1' }],
  ])('accepts spaces and a trailing comma: %s', (line, labels) => {
    expect(one(line)).toEqual({ name: 'a', labels, value: 1 });
  });

  test.each([
    ['+Inf', Infinity],
    ['-Inf', -Infinity],
    ['NaN', Number.NaN],
    ['0', 0],
    ['-1.5', -1.5],
    ['.5', 0.5],
    ['1e-9', 1e-9],
  ])('accepts the value %s', (text, value) => {
    expect(one(`a ${text}`)?.value).toEqual(value);
  });

  test('ignores timestamps and exemplars', () => {
    expect(parseMetrics('a 7 1795574706000\nb{le="1"} 2 # {trace="x"} 0.5')).toEqual([
      { name: 'a', labels: {}, value: 7 },
      { name: 'b', labels: { le: '1' }, value: 2 },
    ]);
  });

  test.each(['a', 'a{x="1" 2', 'a{x=1} 2', 'a{x="1"y="2"} 2', 'a{x="1} 2', '{x="1"} 2', 'a twelve', 'a{x="1"}', '1a 2', '<html>'])(
    'skips a malformed line and keeps the others: %s',
    (line) => {
      expect(parseMetrics(`before 1\n${line}\nafter 2`).map(({ name }) => name)).toEqual(['before', 'after']);
    },
  );

  test('returns no samples for an empty text', () => {
    expect(parseMetrics('')).toEqual([]);
  });

  test('accepts a label named like an Object property', () => {
    expect(Object.entries(one('a{__proto__="x"} 1')?.labels ?? {})).toEqual([['__proto__', 'x']]);
  });

  test('parses a written sample back to the same values', () => {
    const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,9}$/);
    const label = fc.tuple(
      name,
      fc.string({ unit: 'grapheme' }).map((text) => `${text}\\"\n}`),
    );
    const labels = fc.uniqueArray(label, { selector: ([key]) => key, maxLength: 3 });
    const value = fc.double({ noNaN: true });
    fc.assert(
      fc.property(name, labels, value, (...sample) => {
        expect(parseMetrics(written(...sample))).toEqual([{ name: sample[0], labels: Object.fromEntries(sample[1]), value: sample[2] }]);
      }),
    );
  });
});

function written(name: string, labels: [string, string][], value: number): string {
  const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  const number = Object.is(value, -0) ? '-0' : String(value).replace('Infinity', 'Inf');
  return `${name}{${labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',')}} ${number}`;
}
