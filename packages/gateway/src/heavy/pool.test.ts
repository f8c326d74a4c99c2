import { afterEach, describe, expect, it } from 'vitest';
import { HeavyPool, type PoolOptions } from './pool.ts';
import type { HeavyJob } from './runner.ts';

const THREAD = new URL('../testing/heavy-thread.mjs', import.meta.url);
const LONG_MS = 60_000;

let pool: HeavyPool;
let settings: PoolOptions;
const lost: string[] = [];
function open(options: Partial<PoolOptions> = {}): HeavyPool {
  lost.length = 0;
  const onLost = (error: Error) => void lost.push(error.message);
  settings = { thread: THREAD, size: 1, queueLimit: 2, deadlineMs: LONG_MS, idleMs: LONG_MS, onLost, ...options };
  pool = new HeavyPool(settings);
  return pool;
}
afterEach(() => pool.close());

const start = (name: string, payload: unknown = {}): HeavyJob => pool.start({ name }, payload);

/** A job that runs until it is released. */
async function startWaiting() {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const job = start('wait', shared);
  await expect.poll(() => Atomics.load(shared, 0), { timeout: LONG_MS }).toBe(1);
  return {
    job,
    release: () => {
      Atomics.store(shared, 1, 1);
      Atomics.notify(shared, 1);
    },
  };
}

async function textOf(job: HeavyJob): Promise<string> {
  const { chunks } = await job.done;
  return Buffer.concat(chunks).toString();
}

const refusalOf = (job: HeavyJob) =>
  job.done.then(
    () => 'done',
    ({ code, message }: { code?: string; message: string }) => code ?? message,
  );

describe('the pool of threads for heavy actions', () => {
  it('starts a thread on demand and stops it after an idle time', async () => {
    open({ idleMs: 1 });
    expect(pool.threads).toBe(0);
    expect(JSON.parse(await textOf(start('text_stats', { text: 'a b' })))).toMatchObject({ words: 2 });
    await expect.poll(() => pool.threads).toBe(0);
    expect(JSON.parse(await textOf(start('text_stats', { text: 'a' })))).toMatchObject({ words: 1 });
    expect(lost).toEqual([]);
  });

  it('returns the rows of an array in chunks, with the commas between them', async () => {
    open();
    const csv = `a\n${'1\n'.repeat(201)}`;
    const { kind, chunks } = await start('csv_to_json', { csv }).done;
    expect([kind, chunks.length]).toEqual(['rows', 2]);
    expect(JSON.parse(`[${Buffer.concat(chunks).toString()}]`)).toHaveLength(201);
  });

  it('passes on refusals and errors of an action, and keeps working', async () => {
    open();
    await expect(start('csv_to_json', { csv: 'a,a' }).done).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      parts: { errors: [{ pointer: '#/payload/csv' }] },
    });
    await expect(start('breaks').done).rejects.toMatchObject({ stack: expect.stringContaining('broken') });
    expect(await textOf(start('text_stats', { text: '' }))).toContain('"words":0');
  });

  it('refuses a job when the queue is full, and runs those in the queue', async () => {
    open({ queueLimit: 1 });
    const running = await startWaiting();
    const queued = start('text_stats', { text: 'a' });
    expect([pool.running, pool.queued]).toEqual([1, 1]);
    expect(await refusalOf(start('text_stats', { text: 'b' }))).toBe('OVERLOADED');
    expect(pool.refused).toEqual({ queue: 1, deadline: 0, lost: 0 });
    running.release();
    expect(await refusalOf(queued)).toBe('done');
    expect(await refusalOf(running.job)).toBe('done');
  });

  it('refuses a job whose deadline passes in the queue or while it runs; the next job gets a thread', async () => {
    open({ deadlineMs: 500 });
    const spinning = start('spin');
    const queued = start('text_stats', { text: 'a' });
    expect(await Promise.all([refusalOf(spinning), refusalOf(queued)])).toEqual(['OVERLOADED', 'OVERLOADED']);
    expect(pool.refused.deadline).toBe(2);
    expect([pool.running, pool.queued]).toEqual([0, 0]);
    settings.deadlineMs = LONG_MS;
    expect(await refusalOf(start('text_stats', { text: 'a' }))).toBe('done');
  });

  it('gives no job to a thread that was stopped at a deadline, even if it still replies', async () => {
    open();
    await start('text_stats', { text: 'a' }).done;
    settings.deadlineMs = 2_000;
    const dueAt = performance.now() + settings.deadlineMs;
    const late = await startWaiting();
    const expired = refusalOf(late.job);
    settings.deadlineMs = LONG_MS;
    const queued = [start('text_stats', { text: 'a' }), start('text_stats', { text: 'b' })].map(refusalOf);
    await new Promise<void>((resolve) =>
      setImmediate(() => {
        // The reply is in the port when this turn ends; the timer of the deadline is due as well
        // and runs first.
        late.release();
        while (performance.now() < dueAt + 200);
        resolve();
      }),
    );
    expect(await expired).toBe('OVERLOADED');
    expect(await Promise.all(queued)).toEqual(['done', 'done']);
  });

  it.each([
    ['exits', 'die', /exit code 3/],
    ['exceeds its memory limit', 'grow', /memory limit/],
  ])('refuses only the job of a thread that %s', async (_what, action, reason) => {
    open();
    const lostJob = start(action);
    const next = start('text_stats', { text: 'a' });
    expect(await refusalOf(lostJob)).toBe('OVERLOADED');
    expect(await refusalOf(next)).toBe('done');
    expect(lost).toEqual([expect.stringMatching(reason)]);
    expect(pool.refused).toEqual({ queue: 0, deadline: 0, lost: 1 });
  });

  it('drops a queued job when its client disconnects, which makes room for another', async () => {
    open({ queueLimit: 1 });
    const running = await startWaiting();
    const left = start('text_stats', { text: 'a' });
    left.cancel();
    expect(await refusalOf(left)).toBe('BAD_REQUEST');
    const next = start('text_stats', { text: 'b' });
    running.release();
    expect(await refusalOf(next)).toBe('done');
    running.job.cancel();
    expect(await refusalOf(running.job)).toBe('done');
  });

  it('refuses running and queued jobs when it closes', async () => {
    open();
    const running = await startWaiting();
    const queued = start('text_stats', { text: 'a' });
    const ends = Promise.all([refusalOf(running.job), refusalOf(queued)]);
    await pool.close();
    expect(await ends).toEqual(['OVERLOADED', 'OVERLOADED']);
    expect(await refusalOf(start('text_stats', { text: 'a' }))).toBe('OVERLOADED');
    expect(lost).toEqual([]);
  });
});
