import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import pg from 'pg';
import { callerSignal } from './caller-signal.ts';
import { type ConnectionPurpose, silenceMs } from './connection-purpose.ts';
import type { Connections } from './connections.ts';

/** The server owed an answer and was silent for too long. The connection is gone, and the outcome of the statement unknown. */
export class SilentConnectionError extends Error {
  override name = 'SilentConnectionError';
  readonly code = 'ETIMEDOUT';
}

/** Whoever asked has left. The connection is gone, and the server ends the statement. */
export class AbandonedQueryError extends Error {
  override name = 'AbandonedQueryError';
  readonly code = 'ECONNABORTED';
}

export interface DatabaseClientConfig extends pg.ClientConfig {
  purpose: ConnectionPurpose;
  connections: Connections;
  /** What the session's name begins with; unless given, `application_name` of the connection string. */
  name?: string;
  /** In place of the limit of the purpose. For tests. */
  silenceMs?: number;
}

/** How long a connection that was told to end is waited for. */
const END_MS = 1_000;
/** After so much silence the server is asked whether it is at work at all; then again, each time after twice as much. */
const ASK_AFTER_MS = 5_000;
const NAME = /^\s*-- name: (\w+)\n/;

type Query = (...args: unknown[]) => Promise<unknown>;

/**
 * A connection with a limit on silence. While a query is running, the connection may be silent as long as its purpose allows, or only briefly
 * when the server reports that the session is idle. Each arriving row resets the limit, so a long answer is not cut off. A connection that
 * exceeds the limit is destroyed, and its session is terminated through another connection.
 */
export class DatabaseClient extends pg.Client {
  /** Unique: the server shows it, and the session is ended by it. */
  readonly sessionName: string;
  readonly config: DatabaseClientConfig;
  /** It lies in a pool, and nobody uses it. */
  idle = false;
  /** The server knows it by `sessionName`. */
  named = false;
  #ended = false;
  #silenceMs: number | null;
  #silence: NodeJS.Timeout | null = null;
  /** How long it has been silent when the timer was set, ms. */
  #silentMs = 0;
  /** Counts statements and what arrives for them: whoever doubts the connection sees whether that is out of date. */
  #signs = 0;

  constructor(config: DatabaseClientConfig) {
    super(config);
    this.config = config;
    this.sessionName = `${config.name ?? this.#applicationName()} ${config.purpose} ${randomBytes(8).toString('hex')}`;
    this.#silenceMs = config.silenceMs ?? silenceMs(config.purpose);
    const query = super.query.bind(this) as unknown as Query;
    this.query = ((text: unknown, values?: unknown) => this.#ask(query, text, values)) as unknown as typeof this.query;
    config.connections.add(this);
    this.once('connect', () => this.#stream.on('data', () => this.#hear()));
    this.once('end', () => {
      this.#ended = true;
      this.#rest();
      config.connections.remove(this);
    });
  }

  get #stream(): Socket {
    return (this as unknown as { connection: { stream: Socket } }).connection.stream;
  }

  /** The server keeps 63 characters, and no others than these. */
  #applicationName(): string {
    const { connectionParameters } = this as unknown as { connectionParameters: { application_name?: string } };
    return (connectionParameters.application_name ?? 'api-factory').replace(/[^ -~]/g, '?').slice(0, 32);
  }

  /** From now on at most `ms` of silence, in a query that is under way too. */
  hurry(ms: number): void {
    if (this.#silenceMs !== null && this.#silenceMs <= ms) return;
    this.#silenceMs = ms;
    if (this.#silence !== null) this.#expect();
  }

  /** Cuts the connection. Every query that it owes rejects with `error`. */
  cut(error: Error): void {
    this.#stream.destroy(error);
  }

  override end(): Promise<void>;
  override end(callback: (err: Error) => void): void;
  override end(callback?: (err: Error) => void): Promise<void> | void {
    if (!this.#ended) {
      const last = setTimeout(() => this.#endAnyway(), END_MS).unref();
      this.once('end', () => clearTimeout(last));
    }
    return callback ? super.end(callback) : super.end();
  }

  /** Before it has a name at the server, it has nothing there that others could wait for. */
  #endAnyway(): void {
    const error = new SilentConnectionError('the database did not end the session');
    if (this.named) this.#give(error);
    else this.cut(error);
  }

  async #ask(query: Query, text: unknown, values: unknown): Promise<unknown> {
    const asker = callerSignal();
    if (asker?.aborted) throw new AbandonedQueryError('whoever asked has left');
    const leave = () => this.#give(new AbandonedQueryError('whoever asked has left'));
    asker?.addEventListener('abort', leave, { once: true });
    this.#expect();
    try {
      const name = typeof text === 'string' ? NAME.exec(text)?.[1] : undefined;
      return await (name === undefined ? query(text, values) : query({ name, text, values }));
    } finally {
      this.#rest();
      asker?.removeEventListener('abort', leave);
    }
  }

  #expect(): void {
    this.#rest();
    this.#signs += 1;
    this.#silentMs = 0;
    this.#wait();
  }

  #wait(): void {
    const step = Math.max(ASK_AFTER_MS, this.#silentMs);
    const ms = this.#silenceMs === null ? step : Math.min(step, this.#silenceMs - this.#silentMs);
    this.#silence = setTimeout(() => this.#doubt(this.#signs, ms), ms);
  }

  #rest(): void {
    if (this.#silence !== null) clearTimeout(this.#silence);
    this.#silence = null;
  }

  #hear(): void {
    if (this.#silence !== null) this.#expect();
  }

  /** Timers run before sockets are read: what has arrived meanwhile gets its turn first. */
  #doubt(signs: number, ms: number): void {
    setImmediate(() => {
      if (this.#isOutdated(signs)) return;
      this.#silentMs += ms;
      if (this.#silenceMs !== null && this.#silentMs >= this.#silenceMs) return this.#give(this.#silent());
      if (this.named) void this.#askServer(signs);
      this.#wait();
    });
  }

  async #askServer(signs: number): Promise<void> {
    if ((await this.config.connections.isWorking(this)) || this.#isOutdated(signs)) return;
    this.#give(this.#silent());
  }

  #isOutdated(signs: number): boolean {
    return this.#silence === null || this.#signs !== signs;
  }

  #silent(): SilentConnectionError {
    const { connectionParameters } = this as unknown as { connectionParameters: { host: string } };
    return new SilentConnectionError(`the connection to the database at ${connectionParameters.host} was silent for ${this.#silentMs} ms`);
  }

  #give(error: Error): void {
    this.config.connections.giveUp(this, error);
  }
}
