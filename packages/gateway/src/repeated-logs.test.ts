import type { FastifyBaseLogger } from 'fastify';
import { expect, test } from 'vitest';
import { type Occurrence, Repeats } from './repeated-logs.ts';

function aLog() {
  const lines: { level: string; fields: Record<string, unknown>; message: string }[] = [];
  const at = (level: string) => (fields: Record<string, unknown>, message: string) => void lines.push({ level, fields, message });
  const logger = { info: at('info'), warn: at('warn'), error: at('error') } as unknown as FastifyBaseLogger;
  return { lines, repeats: new Repeats(logger) };
}

const occurrence = (kind: string, parts: Partial<Occurrence> = {}): Occurrence => ({
  kind,
  level: 'warn',
  fields: { code: kind },
  message: 'refused',
  ...parts,
});

test('the first occurrence is logged at once, the others once per flush as a count, without a stack', () => {
  const { lines, repeats } = aLog();
  const err = new Error('gone');
  for (let i = 0; i < 10_000; i++) repeats.note(occurrence('A', { fields: { err, i } }));
  expect(lines).toEqual([{ level: 'warn', fields: { err, i: 0 }, message: 'refused' }]);
  repeats.flush();
  expect(lines.slice(1)).toEqual([{ level: 'warn', fields: { reason: 'gone', i: 9_999, count: 9_999 }, message: 'refused (repeated)' }]);
});

test('a continuing kind is logged once per flush; after a quiet minute it is logged at once again', () => {
  const { lines, repeats } = aLog();
  repeats.note(occurrence('A'));
  repeats.flush();
  expect(lines).toHaveLength(1);
  repeats.note(occurrence('A'));
  repeats.note(occurrence('A'));
  expect(lines).toHaveLength(2);
  repeats.flush();
  expect(lines[2]?.fields).toEqual({ code: 'A', count: 1 });
  repeats.flush();
  repeats.flush();
  expect(lines).toHaveLength(3);
});

test('kinds are counted separately up to a limit, and together beyond it', () => {
  const { lines, repeats } = aLog();
  for (let i = 0; i < 5_000; i++) repeats.note(occurrence(`kind ${i}`));
  expect(lines.length).toBeLessThan(210);
  const first = lines.length;
  repeats.flush();
  expect(lines.slice(first)).toEqual([
    { level: 'warn', fields: { code: 'kind 4999', count: 5_000 - first }, message: 'refused (repeated)' },
  ]);
});

test('stopping flushes the remaining counts', () => {
  const { lines, repeats } = aLog();
  const stop = repeats.follow();
  const onError = repeats.on('error', 'the disk failed');
  onError(new Error('full'));
  onError(new Error('still full'));
  stop();
  expect(lines.map(({ fields, message }) => [message, fields.count])).toEqual([
    ['the disk failed', undefined],
    ['the disk failed (repeated)', 1],
  ]);
});
