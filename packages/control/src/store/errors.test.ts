import { createServer } from 'node:net';
import { ProblemError } from '@api-factory/core';
import { sql } from 'kysely';
import pg from 'pg';
import { expect, test } from 'vitest';
import { freshDatabase, testPool } from '../testing/database.ts';
import { connectionConfig, openDatabase } from './database.ts';
import { explainConnectionFailure, isDatabaseAway, isDatabaseUnavailable, translateDatabaseError } from './errors.ts';

const thrownBy = async (act: () => Promise<unknown>): Promise<unknown> => {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

/** What connecting to `url` throws. */
const failure = (url: string): Promise<unknown> => {
  const client = new pg.Client(connectionConfig(url));
  client.on('error', () => {});
  return thrownBy(() => client.connect());
};

test.each([
  '08006',
  '08P01',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '25006',
  '57014',
  '25P03',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EPIPE',
])('%s is a 503 that can be retried after a second', (code) => {
  const problem = translateDatabaseError(Object.assign(new Error('select secret'), { code }));
  expect([problem?.code, problem?.statusCode, problem?.parts.retryAfterSeconds]).toEqual(['DATABASE_UNAVAILABLE', 503, 1]);
});

test.each(['40001', '40P01', '55P03'])('%s is a conflict, and reveals nothing of the statement', (code) => {
  const problem = translateDatabaseError(Object.assign(new Error('update secret_table'), { code, detail: 'Key (secret)' }));
  expect([problem?.code, problem?.statusCode]).toEqual(['CONFLICT', 409]);
  expect(JSON.stringify([problem, problem?.message])).not.toContain('secret');
});

test.each(['23505', '42P01', '22P02', '57P05'])('%s remains an internal error', (code) => {
  expect(translateDatabaseError(Object.assign(new Error('x'), { code }))).toBeNull();
});

test('refusals, strings and missing values are not database failures', () => {
  for (const thrown of [new ProblemError('NOT_FOUND'), 'ECONNREFUSED', null, undefined, 7, {}, new Error('timeout of something else')]) {
    expect(isDatabaseUnavailable(thrown)).toBe(false);
    expect(translateDatabaseError(thrown)).toBeNull();
  }
});

test('a failure is recognized in the cause of an error', () => {
  const inner = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
  expect(isDatabaseUnavailable(new Error('outer', { cause: inner }))).toBe(true);
  expect(isDatabaseUnavailable(new Error('outer', { cause: new Error('x') }))).toBe(false);
});

test.each([
  ['57014', false],
  ['25P03', false],
  ['57P01', true],
  ['08006', true],
  ['25006', true],
  ['ECONNREFUSED', true],
  ['55P03', false],
])('%s means that other requests will fail too: %s', (code, away) => {
  const error = Object.assign(new Error('x'), { code });
  expect([isDatabaseAway(error), isDatabaseAway(new Error('outer', { cause: error }))]).toEqual([away, away]);
});

test('a broken connection means that other requests will fail too; other errors do not', () => {
  expect(isDatabaseAway(new Error('Connection terminated unexpectedly'))).toBe(true);
  for (const thrown of ['ECONNREFUSED', null, undefined, new Error('x')]) expect(isDatabaseAway(thrown)).toBe(false);
});

test('the errors of a real pool are recognized: server gone, connection cut, no free connection, pool closed', async () => {
  const fresh = await freshDatabase();
  try {
    const db = openDatabase(fresh.url, { max: 1 });
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
    const cut = thrownBy(() => sql`select pg_terminate_backend(${rows[0]?.pid ?? 0}), pg_sleep(5)`.execute(db));
    expect(isDatabaseUnavailable(await cut)).toBe(true);
    await db.destroy();
    const full = testPool({ ...connectionConfig(fresh.url), max: 1, connectionTimeoutMillis: 2_000 });
    const held = await full.connect();
    expect(isDatabaseUnavailable(await thrownBy(() => full.query('select 1')))).toBe(true);
    held.release();
    await full.end();
    expect(isDatabaseUnavailable(await thrownBy(() => full.query('select 1')))).toBe(true);
    const gone = openDatabase('postgres://nobody@127.0.0.1:1/none');
    expect(isDatabaseUnavailable(await thrownBy(() => sql`select 1`.execute(gone)))).toBe(true);
    await gone.destroy();
  } finally {
    await fresh.drop();
  }
});

test('a lock timeout is a conflict', async () => {
  const fresh = await freshDatabase();
  try {
    const error = await fresh.db.transaction().execute(async (holder) => {
      await sql`lock table plans`.execute(holder);
      return thrownBy(() =>
        fresh.db.transaction().execute(async (other) => {
          await sql`set local lock_timeout = '20ms'`.execute(other);
          await sql`lock table plans`.execute(other);
        }),
      );
    });
    expect(translateDatabaseError(error)?.code).toBe('CONFLICT');
  } finally {
    await fresh.drop();
  }
});

test('a wrong DATABASE_URL is explained: password, database, port, host, or not a connection string', async () => {
  const fresh = await freshDatabase();
  try {
    const explain = async (change: Partial<Pick<URL, 'password' | 'pathname' | 'port' | 'hostname'>>): Promise<string> => {
      const url = Object.assign(new URL(fresh.url), change);
      return explainConnectionFailure(await failure(url.href), url.href);
    };
    const wrongPassword = await explain({ password: 'wr0ng-secret' });
    expect(wrongPassword).toMatch(/does not accept the password of user/);
    expect(wrongPassword).not.toContain('wr0ng-secret');
    expect(await explain({ pathname: '/no_such_database' })).toMatch(/database no_such_database does not exist/);
    expect(await explain({ port: '1' })).toMatch(/nothing listens on [^ ]+:1;/);
    expect(await explain({ hostname: 'no-such-host.invalid' })).toMatch(/no-such-host\.invalid/);
    expect(explainConnectionFailure(new Error('x'), 'not a url')).toMatch(/is not a connection string/);
    expect(explainConnectionFailure(new Error('x'), 'mysql://root:hunter2@host/db')).not.toContain('hunter2');
  } finally {
    await fresh.drop();
  }
});

test('a port with another protocol is explained without the password', async () => {
  const stranger = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
  await new Promise((resolve) => stranger.once('listening', resolve));
  const address = stranger.address();
  const url = `postgres://ada:s%40cret@127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/db`;
  const message = explainConnectionFailure(await failure(url), url);
  stranger.close();
  expect(message).toMatch(/^DATABASE_URL: 127\.0\.0\.1:\d+ /);
  expect(message).not.toMatch(/s%40cret|s@cret/);
});

test('a driver message that contains the password is shown without it', () => {
  const message = explainConnectionFailure(new Error('bad: s@cret and s%40cret'), 'postgres://ada:s%40cret@host/db');
  expect(message).toBe('DATABASE_URL: host:5432 can’t be used: bad: … and …');
});
