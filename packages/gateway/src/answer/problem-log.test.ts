import { ProblemError } from '@api-factory/core';
import Fastify, { type FastifyBaseLogger } from 'fastify';
import { expect, test } from 'vitest';
import { registerProblems } from './problem.ts';

interface Line {
  level: string;
  fields: Record<string, unknown>;
  message: string;
}

/** An app whose route /x throws `fault()`, and the lines of its log. */
async function anApp(fault: () => unknown) {
  const lines: Line[] = [];
  const at = (level: string) => (fields: Record<string, unknown>, message: string) => void lines.push({ level, fields, message });
  const logger = { info: at('info'), warn: at('warn'), error: at('error') } as unknown as FastifyBaseLogger;
  const app = Fastify();
  app.decorate('crossOrigin', { prefix: '/', origins: new Set<string>() });
  registerProblems(app, { logger, translateError: () => null });
  app.get('/x', async () => {
    throw fault();
  });
  await app.ready();
  return { app, lines };
}

test('10,000 refusals with one code are logged as two lines without a stack: the first one and a count', async () => {
  const { app, lines } = await anApp(() => new ProblemError('SNAPSHOT_STALE'));
  for (let i = 0; i < 10_000; i++) expect((await app.inject('/x')).statusCode).toBe(503);
  expect(lines).toHaveLength(1);
  await app.close();
  expect(lines.map(({ level, message, fields }) => [level, message, fields.code, fields.count])).toEqual([
    ['warn', 'request refused', 'SNAPSHOT_STALE', undefined],
    ['warn', 'request refused (repeated)', 'SNAPSHOT_STALE', 9_999],
  ]);
  expect(lines.every(({ fields }) => fields.err === undefined)).toBe(true);
});

test('client errors, unknown paths and unknown methods are counted by code', async () => {
  const { app, lines } = await anApp(() => new ProblemError('RATE_LIMITED'));
  for (let i = 0; i < 3; i++) await app.inject('/x');
  for (let i = 0; i < 4; i++) await app.inject(`/nothing/${i}`);
  for (let i = 0; i < 2; i++) await app.inject({ method: 'POST', url: '/x' });
  await app.close();
  const sums = lines.filter(({ fields }) => fields.count !== undefined);
  expect(sums.map(({ level, fields }) => [level, fields.code, fields.count])).toEqual([
    ['info', 'RATE_LIMITED', 2],
    ['info', 'NOT_FOUND', 3],
    ['info', 'METHOD_NOT_ALLOWED', 1],
  ]);
});

test('an unexpected error is logged with its stack once; repeats with another message are counted', async () => {
  let count = 0;
  const { app, lines } = await anApp(() => new TypeError(`no field ${count++}`));
  for (let i = 0; i < 500; i++) expect((await app.inject('/x')).statusCode).toBe(500);
  await app.close();
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({ level: 'error', message: 'request failed', fields: { err: { message: 'no field 0' } } });
  expect(lines[1]?.fields).toMatchObject({ reason: 'no field 499', count: 499 });
});
