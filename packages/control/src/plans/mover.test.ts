import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSnapshotSource } from '../snapshot.ts';
import { openDatabase } from '../store/database.ts';
import { type ControlApp, controlApp } from '../testing/app.ts';
import { MOVE_CHUNK, moveNextChunk, startPlanMover } from './mover.ts';

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp();
});
afterAll(() => control.close());

let plans = 0;
let id = '';
beforeEach(() => {
  plans += 1;
  id = `plan-${plans}`;
});

const terms = (limit: number) => ({ name: 'A plan', quota: { limit, period: 'month' }, rate: { limit: 10, windowSeconds: 60 } });
const edit = async (limit: number, more: object = {}) =>
  (await control.call('PUT', `/plans/${id}`, { ...terms(limit), ...more })).body.data;
const read = async () => (await control.call('GET', `/plans/${id}`)).body.data;

/** A plan with `count` entitlements, all at version 1. */
async function aPlanOf(count: number): Promise<void> {
  await control.call('POST', '/plans', { id, ...terms(100) });
  await sql`insert into entitlements (id, plan_id, plan_version, snapshot_version)
    select ${id} || '_' || n, ${id}, 1, 0 from generate_series(1, ${count}::int) n`.execute(control.database.db);
}

/** Version → number of entitlements. */
async function countByVersion(): Promise<Record<number, number>> {
  const { rows } = await sql<{ version: number; count: number }>`
    select plan_version as version, count(*) as count from entitlements where plan_id = ${id} group by 1 order by 1`.execute(
    control.database.db,
  );
  return Object.fromEntries(rows.map(({ version, count }) => [version, count]));
}

const moveAll = async () => {
  while (await moveNextChunk(control.context));
};

describe('an edit', () => {
  test.each([
    [0, 0, 0],
    [1, 1, 0],
    [MOVE_CHUNK, MOVE_CHUNK, 0],
    [MOVE_CHUNK + 1, MOVE_CHUNK, 1],
  ])('of a plan with %i entitlements moves %i of them and leaves %i to the mover', async (count, moved, moving) => {
    await aPlanOf(count);
    expect(await edit(50)).toMatchObject({ version: 2, entitlements: count, moved, moving });
    expect(await read()).toMatchObject({ version: 2, moving });
    await moveAll();
    expect(await read()).toMatchObject({ moving: 0 });
    expect(await countByVersion()).toEqual(count === 0 ? {} : { 2: count });
  });

  test('moves 5,000 entitlements in chunks, each with its own snapshot version, audit entry and gateway notification', async () => {
    await aPlanOf(5_000);
    const source = createSnapshotSource(control.database.db, { keyMode: 'live', billingMode: null });
    const before = await source.since([]);
    const changesBefore = control.changes();
    await edit(50);
    await moveAll();
    const chunks = control.gateway.changes.slice(changesBefore);
    expect(chunks.map(({ entitlements }) => entitlements.length)).toEqual(Array.from({ length: 5_000 / MOVE_CHUNK }, () => MOVE_CHUNK));
    expect(new Set(chunks.map(({ version }) => version)).size).toBe(chunks.length);
    for (const { entitlements, plans } of chunks) {
      expect(new Set(entitlements.map(({ planVersion }) => planVersion))).toEqual(new Set([2]));
      expect(plans).toMatchObject([{ id, version: 2, quotaLimit: 50 }]);
    }
    expect((await source.since([before])).entitlements).toHaveLength(5_000);
    const audit = (await control.call('GET', `/audit?objectType=plan&objectId=${id}&limit=100`)).body.data;
    expect(audit.at(-2)).toMatchObject({ action: 'plan.update', actor: 'env', details: { moved: MOVE_CHUNK, moving: 5_000 - MOVE_CHUNK } });
    const moves = audit.filter(({ action }: { action: string }) => action === 'plan.move');
    expect(moves).toHaveLength(5_000 / MOVE_CHUNK - 1);
    expect(moves[0]).toMatchObject({ actor: 'env', requestId: audit.at(-2).requestId, details: { version: 2, moved: MOVE_CHUNK } });
  });

  test('is superseded by a later edit, which moves all entitlements to its own version', async () => {
    await aPlanOf(3 * MOVE_CHUNK);
    await edit(50);
    await moveNextChunk(control.context);
    expect(await edit(60)).toMatchObject({ version: 3, moved: MOVE_CHUNK, moving: 2 * MOVE_CHUNK });
    await moveAll();
    expect(await countByVersion()).toEqual({ 3: 3 * MOVE_CHUNK });
  });

  test('continues to its own version when a later edit keeps existing entitlements', async () => {
    await aPlanOf(2 * MOVE_CHUNK + 1);
    await edit(50);
    expect(await edit(60, { existing: 'keep' })).toMatchObject({ version: 3, moved: 0, moving: MOVE_CHUNK + 1 });
    await moveAll();
    expect(await countByVersion()).toEqual({ 2: 2 * MOVE_CHUNK + 1 });
  });

  test('creates no version when it is repeated during the move, and moves the rest', async () => {
    await aPlanOf(3 * MOVE_CHUNK);
    await edit(50);
    expect(await edit(50)).toMatchObject({ version: 2, moved: MOVE_CHUNK, moving: MOVE_CHUNK });
    await moveAll();
    expect(await countByVersion()).toEqual({ 2: 3 * MOVE_CHUNK });
  });

  test('does not move entitlements that return to an earlier version after their chunk', async () => {
    await aPlanOf(2 * MOVE_CHUNK);
    await edit(50);
    const [first] = control.gateway.changes.at(-1)?.entitlements ?? [];
    await control.database.db
      .updateTable('entitlements')
      .set({ plan_version: 1 })
      .where('id', '=', first?.id ?? '')
      .execute();
    expect(await read()).toMatchObject({ moving: MOVE_CHUNK });
    await moveAll();
    expect(await countByVersion()).toEqual({ 1: 1, 2: 2 * MOVE_CHUNK - 1 });
  });
});

describe('while entitlements of a plan move', () => {
  test('the plan can’t be deleted', async () => {
    await aPlanOf(MOVE_CHUNK + 1);
    await edit(50);
    expect(await control.call('DELETE', `/plans/${id}`)).toMatchObject({
      status: 409,
      body: { code: 'PLAN_IN_USE', error: { details: { entitlements: MOVE_CHUNK + 1 } } },
    });
    await moveAll();
  });

  test('the plan can be deleted once no entitlement uses it, which ends the move', async () => {
    await aPlanOf(MOVE_CHUNK + 1);
    await edit(50);
    await sql`update entitlements set plan_id = 'pro', plan_version = 1 where plan_id = ${id}`.execute(control.database.db);
    expect((await control.call('DELETE', `/plans/${id}`)).status).toBe(200);
    expect(await moveNextChunk(control.context)).toBe(false);
  });

  test('a new key gets the new version at once', async () => {
    await aPlanOf(MOVE_CHUNK + 1);
    await edit(50);
    expect((await control.call('POST', '/keys', { name: 'new', plan: id })).body.data.planVersion).toBe(2);
    await moveAll();
  });

  test('a chunk is rolled back if the process dies, and the next start moves the rest', async () => {
    await aPlanOf(3 * MOVE_CHUNK);
    await edit(50);
    await dieInTheNextChunk();
    expect(await countByVersion()).toEqual({ 1: 2 * MOVE_CHUNK, 2: MOVE_CHUNK });
    const changesBefore = control.changes();
    const mover = startPlanMover(control.context);
    await expect.poll(countByVersion).toEqual({ 2: 3 * MOVE_CHUNK });
    await mover.stop();
    expect(control.gateway.changes.slice(changesBefore).map(({ entitlements }) => entitlements.length)).toEqual([MOVE_CHUNK, MOVE_CHUNK]);
  });
});

/**
 * Moves a chunk on a connection that the server terminates before the commit, as when the process
 * dies.
 */
async function dieInTheNextChunk(): Promise<void> {
  const url = new URL(control.database.url);
  url.searchParams.set('application_name', 'doomed');
  const db = openDatabase(url.href);
  let hasDied = false;
  const killed = db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (!hasDied && 'lastId' in (result.rows[0] ?? {})) {
        hasDied = true;
        await sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where starts_with(application_name, 'doomed ')`.execute(
          control.database.db,
        );
      }
      return result;
    },
  });
  await expect(moveNextChunk({ ...control.context, db: killed })).rejects.toThrow();
  expect(hasDied).toBe(true);
  await db.destroy();
}

/** Resolves after `turns` turns of the microtask queue. */
async function afterTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await null;
}

describe('the mover', () => {
  test('is woken by an edit, and continues after a database failure', async () => {
    await aPlanOf(2 * MOVE_CHUNK + 1);
    let failures = 1;
    const context = {
      ...control.context,
      changed: async () => {},
      get db() {
        if (failures-- > 0) throw new Error('away');
        return control.database.db;
      },
    };
    const mover = startPlanMover(context);
    await edit(50);
    mover.wake();
    await expect.poll(countByVersion, { timeout: 10_000 }).toEqual({ 2: 2 * MOVE_CHUNK + 1 });
    await mover.stop();
  });

  test('misses no wake, at any moment while it goes idle', async () => {
    let queries = 0;
    let onQuery = () => {};
    const db = control.database.db.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        queries += 1;
        onQuery();
        return result;
      },
    });
    const mover = startPlanMover({ ...control.context, db });
    for (let turns = 0; turns < 50; turns += 1) {
      const wokenAt = new Promise<number>((resolve) => {
        onQuery = () => {
          onQuery = () => {};
          void afterTurns(turns).then(() => {
            mover.wake();
            resolve(queries);
          });
        };
      });
      mover.wake();
      const before = await wokenAt;
      await expect.poll(() => queries, { interval: 5 }).toBeGreaterThan(before);
    }
    await mover.stop();
  });

  test('stops between two chunks and leaves the rest', async () => {
    await aPlanOf(4 * MOVE_CHUNK);
    await edit(50);
    const mover = startPlanMover(control.context);
    await mover.stop();
    const { moving } = await read();
    expect(moving).toBeGreaterThanOrEqual(2 * MOVE_CHUNK);
    await moveAll();
  });
});
