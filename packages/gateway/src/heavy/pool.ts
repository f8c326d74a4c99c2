import { Worker } from 'node:worker_threads';
import { ProblemError } from '@api-factory/core';
import type { Action } from '../packs/actions/action.ts';
import type { HeavyResult } from './result.ts';
import type { HeavyJob, HeavyRunner } from './runner.ts';
import type { HeavyAnswer, HeavyTask } from './thread-message.ts';

export interface PoolOptions {
  thread: URL;
  /** Maximum number of threads. */
  size: number;
  /** Length of the queue; a job beyond it is refused. */
  queueLimit: number;
  /** Time limit of a job, from when it is queued. */
  deadlineMs: number;
  /** An idle thread is stopped after this time. */
  idleMs: number;
  /** Called when a thread exits unexpectedly. */
  onLost: (error: Error) => void;
}

/** Why a job was refused. */
export type HeavyRefusal = 'queue' | 'deadline' | 'lost';

interface Job {
  task: HeavyTask;
  resolve: (result: HeavyResult) => void;
  reject: (error: Error) => void;
  deadline: NodeJS.Timeout;
}

interface Thread {
  worker: Worker;
  job: Job | null;
  idle: NodeJS.Timeout | null;
}

/**
 * Heap limits of a thread. The largest input needs about half. A thread that exceeds them exits,
 * not the process.
 */
const LIMITS = { maxYoungGenerationSizeMb: 32, maxOldGenerationSizeMb: 256 };

/**
 * A pool of threads for heavy actions, started on demand and stopped when idle. A thread runs one
 * job at a time.
 */
export class HeavyPool implements HeavyRunner {
  readonly refused: Record<HeavyRefusal, number> = { queue: 0, deadline: 0, lost: 0 };
  readonly #options: PoolOptions;
  readonly #threads = new Set<Thread>();
  readonly #queue = new Set<Job>();
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get threads(): number {
    return this.#threads.size;
  }

  get running(): number {
    let running = 0;
    for (const { job } of this.#threads) if (job !== null) running += 1;
    return running;
  }

  get queued(): number {
    return this.#queue.size;
  }

  start(action: Pick<Action, 'name'>, payload: unknown): HeavyJob {
    const { promise: done, resolve, reject } = withResolvers<HeavyResult>();
    // First, because it may throw, and must not leave a timer behind then.
    const thread = this.#closed ? null : this.#freeThread();
    const deadline = setTimeout(() => this.#expire(job), this.#options.deadlineMs);
    const job: Job = { task: { action: action.name, payload }, resolve, reject, deadline };
    if (thread) this.#assign(thread, job);
    else if (!this.#closed && this.#queue.size < this.#options.queueLimit) this.#queue.add(job);
    else this.#refuse(job, 'queue');
    return { done, cancel: () => this.#cancel(job) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#queue) this.#refuse(job, 'lost');
    this.#queue.clear();
    await Promise.all([...this.#threads].map((thread) => this.#stop(thread)));
  }

  #freeThread(): Thread | null {
    for (const thread of this.#threads) if (thread.job === null) return thread;
    return this.#threads.size < this.#options.size ? this.#startThread() : null;
  }

  #startThread(): Thread {
    const worker = new Worker(this.#options.thread, { resourceLimits: LIMITS });
    const thread: Thread = { worker, job: null, idle: null };
    this.#threads.add(thread);
    // The server keeps the process alive; `close` stops the threads.
    thread.worker.unref();
    thread.worker.on('message', (answer: HeavyAnswer) => this.#answered(thread, answer));
    thread.worker.on('error', (error) => this.#lost(thread, error));
    thread.worker.on('exit', (code) => this.#lost(thread, new Error(`a thread for heavy actions exited with exit code ${code}`)));
    return thread;
  }

  #assign(thread: Thread, job: Job): void {
    if (thread.idle) clearTimeout(thread.idle);
    thread.idle = null;
    thread.job = job;
    thread.worker.postMessage(job.task);
  }

  #answered(thread: Thread, answer: HeavyAnswer): void {
    // A thread that was stopped at a deadline may still reply: it gets no more jobs.
    if (!this.#threads.has(thread)) return;
    const { job } = thread;
    thread.job = null;
    if (job) settle(job, answer);
    this.#next(thread);
  }

  /** Gives the thread the first job of the queue, or lets it idle. */
  #next(thread: Thread): void {
    const [job] = this.#queue;
    if (job) {
      this.#queue.delete(job);
      this.#assign(thread, job);
      return;
    }
    thread.idle = setTimeout(() => void this.#stop(thread), this.#options.idleMs).unref();
  }

  /** A thread exited unexpectedly: its job is refused, and the next job gets a new thread. */
  #lost(thread: Thread, error: Error): void {
    if (!this.#threads.delete(thread)) return;
    if (thread.idle) clearTimeout(thread.idle);
    this.#options.onLost(error);
    if (thread.job) this.#refuse(thread.job, 'lost');
    if (this.#queue.size > 0) this.#next(this.#startThread());
  }

  #expire(job: Job): void {
    this.#refuse(job, 'deadline');
    if (this.#queue.delete(job)) return;
    for (const thread of this.#threads) {
      if (thread.job !== job) continue;
      thread.job = null;
      // There is no other way to stop a computation.
      void this.#stop(thread);
      if (this.#queue.size > 0) this.#next(this.#startThread());
    }
  }

  /** Stops a thread. */
  async #stop(thread: Thread): Promise<void> {
    this.#threads.delete(thread);
    if (thread.idle) clearTimeout(thread.idle);
    if (thread.job) this.#refuse(thread.job, 'lost');
    await thread.worker.terminate();
  }

  #cancel(job: Job): void {
    if (!this.#queue.delete(job)) return;
    clearTimeout(job.deadline);
    job.reject(clientLeft());
  }

  #refuse(job: Job, why: HeavyRefusal): void {
    clearTimeout(job.deadline);
    this.refused[why] += 1;
    job.reject(new ProblemError('OVERLOADED', { detail: DETAILS[why], retryAfterSeconds: RETRY_AFTER_SECONDS }));
  }
}

const RETRY_AFTER_SECONDS = 2;
const DETAILS: Record<HeavyRefusal, string> = {
  queue: 'Too many heavy actions are queued. Nothing was charged.',
  deadline: 'The action did not finish in time. Nothing was charged.',
  lost: 'The action was stopped before it finished. Nothing was charged.',
};

/** The outcome of a job whose client disconnected; nobody reads it. */
export const clientLeft = (): ProblemError =>
  new ProblemError('BAD_REQUEST', { detail: 'The client disconnected before the response was ready.' });

function settle(job: Job, answer: HeavyAnswer): void {
  clearTimeout(job.deadline);
  if (answer.type === 'done') job.resolve(answer.result);
  else if (answer.type === 'refused') job.reject(new ProblemError(answer.code, answer.parts));
  else job.reject(Object.assign(new Error('a heavy action failed on its thread'), { stack: answer.stack }));
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  return { promise, resolve, reject };
}
