import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import pg from 'pg';
import { callerSignal } from './caller-signal.ts';
import { type ConnectionPurpose, silenceMs } from './connection-purpose.ts';
import type { Connections } from './connections.ts';

/**
 * The server did not answer in time. The connection is closed, and the outcome of the statement is
 * unknown.
 */
export class SilentConnectionError extends Error {
  override name = 'SilentConnectionError';
  readonly code = 'ETIMEDOUT';
}

/**
 * The client of the request has disconnected. The connection is closed, and the server cancels the
 * statement.
 */
export class AbandonedQueryError extends Error {
  override name = 'AbandonedQueryError';
  readonly code = 'ECONNABORTED';
}

export interface DatabaseClientConfig extends pg.ClientConfig {
  purpose: ConnectionPurpose;
  connections: Connections;
  /** Prefix of the session's name; by default `application_name` of the connection string. */
  name?: string;
  /** Replaces the limit of the purpose. For tests. */
  silenceMs?: number;
}

/** How long to wait for a connection to close. */
const END_MS = 1_000;
/**
 * After this much silence the server is asked whether it is still working, then again whenever the
 * silence has doubled.
 */
const ASK_AFTER_MS = 5_000;
const NAME = /^\s*-- name: (\w+)\n/;

type Query = (...args: unknown[]) => Promise<unknown>;

/**
 * A connection with a limit on silence. While a query is running, the connection may be silent as
 * long as its purpose allows, or only briefly when the server reports that the session is idle.
 * Each arriving row resets the limit, so a long answer is not cut off. A connection that exceeds
 * the limit is destroyed, and its session is terminated through another connection.
 */
export class DatabaseClient extends pg.Client {
  /** Unique. The server lists the session under it, and it is terminated by it. */
  readonly sessionName: string;
  readonly config: DatabaseClientConfig;
  /** In a pool and unused. */
  idle = false;
  /** The server lists the session under `sessionName`. */
  hasSessionName = false;
  #ended = false;
  #silenceMs: number | null;
  #timer: NodeJS.Timeout | null = null;
  /** Length of the silence when the timer was set, ms. */
  #silentMs = 0;
  /** Counts statements and received data, so that a running check notices when it is outdated. */
  #activity = 0;

  constructor(config: DatabaseClientConfig) {
    super(config);
    this.config = config;
    this.sessionName = `${config.name ?? this.#applicationName()} ${config.purpose} ${randomBytes(8).toString('hex')}`;
    this.#silenceMs = config.silenceMs ?? silenceMs(config.purpose);
    const query = super.query.bind(this) as unknown as Query;
    this.query = ((text: unknown, values?: unknown) => this.#run(query, text, values)) as unknown as typeof this.query;
    config.connections.add(this);
    this.once('connect', () => this.#stream.on('data', () => this.#onData()));
    this.once('end', () => {
      this.#ended = true;
      this.#stopTimer();
      config.connections.remove(this);
    });
  }

  get #stream(): Socket {
    return (this as unknown as { connection: { stream: Socket } }).connection.stream;
  }

  /** The server keeps 63 printable ASCII characters. */
  #applicationName(): string {
    const { connectionParameters } = this as unknown as { connectionParameters: { application_name?: string } };
    return (connectionParameters.application_name ?? 'api-factory').replace(/[^ -~]/g, '?').slice(0, 32);
  }

  /** Lowers the limit on silence to `ms`, also for the current query. */
  hurry(ms: number): void {
    if (this.#silenceMs !== null && this.#silenceMs <= ms) return;
    this.#silenceMs = ms;
    if (this.#timer !== null) this.#resetTimer();
  }

  /** Closes the connection. Every pending query rejects with `error`. */
  cut(error: Error): void {
    this.#stream.destroy(error);
  }

  override end(): Promise<void>;
  override end(callback: (err: Error) => void): void;
  override end(callback?: (err: Error) => void): Promise<void> | void {
    if (!this.#ended) {
      const last = setTimeout(() => this.#forceEnd(), END_MS).unref();
      this.once('end', () => clearTimeout(last));
    }
    return callback ? super.end(callback) : super.end();
  }

  /** Before the session has its name it holds no locks: closing the connection is enough. */
  #forceEnd(): void {
    const error = new SilentConnectionError('the database did not end the session');
    if (this.hasSessionName) this.#giveUp(error);
    else this.cut(error);
  }

  async #run(query: Query, text: unknown, values: unknown): Promise<unknown> {
    const signal = callerSignal();
    if (signal?.aborted) throw new AbandonedQueryError('the client of the request has disconnected');
    const onAbort = () => this.#giveUp(new AbandonedQueryError('the client of the request has disconnected'));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#resetTimer();
    try {
      const name = typeof text === 'string' ? NAME.exec(text)?.[1] : undefined;
      return await (name === undefined ? query(text, values) : query({ name, text, values }));
    } finally {
      this.#stopTimer();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #resetTimer(): void {
    this.#stopTimer();
    this.#activity += 1;
    this.#silentMs = 0;
    this.#startTimer();
  }

  #startTimer(): void {
    const step = Math.max(ASK_AFTER_MS, this.#silentMs);
    const ms = this.#silenceMs === null ? step : Math.min(step, this.#silenceMs - this.#silentMs);
    this.#timer = setTimeout(() => this.#checkSilence(this.#activity, ms), ms);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #onData(): void {
    if (this.#timer !== null) this.#resetTimer();
  }

  /** Timers run before sockets are read: let data that has arrived be handled first. */
  #checkSilence(activity: number, ms: number): void {
    setImmediate(() => {
      if (this.#isOutdated(activity)) return;
      this.#silentMs += ms;
      if (this.#silenceMs !== null && this.#silentMs >= this.#silenceMs) return this.#giveUp(this.#silentError());
      if (this.hasSessionName) void this.#askServer(activity);
      this.#startTimer();
    });
  }

  async #askServer(activity: number): Promise<void> {
    if ((await this.config.connections.isWorking(this)) || this.#isOutdated(activity)) return;
    this.#giveUp(this.#silentError());
  }

  #isOutdated(activity: number): boolean {
    return this.#timer === null || this.#activity !== activity;
  }

  #silentError(): SilentConnectionError {
    const { connectionParameters } = this as unknown as { connectionParameters: { host: string } };
    return new SilentConnectionError(`the connection to the database at ${connectionParameters.host} was silent for ${this.#silentMs} ms`);
  }

  #giveUp(error: Error): void {
    this.config.connections.giveUp(this, error);
  }
}
