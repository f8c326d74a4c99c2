import { write, writeSync } from 'node:fs';

type Done = (error: NodeJS.ErrnoException | null, written: number) => void;

/** Where log lines are written: `fs.write` and `fs.writeSync` on one file descriptor. */
export interface Output {
  write(bytes: Buffer, done: Done): void;
  /** Returns how many bytes were written. */
  writeSync(bytes: Buffer): number;
}

export interface LogWriterOptions {
  output: Output;
  /** Maximum number of queued characters; further lines are dropped. */
  mostWaiting?: number;
  /** Called with the number of dropped lines once there is room to log it. */
  onDropped: (count: number) => void;
}

/** About 10,000 lines. */
const MOST_WAITING = 4 * 1024 * 1024;
/** Maximum size of a write: the default capacity of a pipe. */
const CHUNK = 64 * 1024;
/** Delay before a write to a full pipe is retried. */
const RETRY_MS = 20;
/** Permanent failures: the pipe, terminal or descriptor is closed. */
const CLOSED = new Set(['EPIPE', 'EIO', 'EBADF']);
/** Temporary failures, such as a full pipe. */
const FULL = new Set(['EAGAIN', 'EBUSY', 'EINTR']);

/** Writes to a file descriptor. */
export const outputTo = (fd: number): Output => ({
  write: (bytes, done) => write(fd, bytes, 0, bytes.length, null, done),
  writeSync: (bytes) => writeSync(fd, bytes),
});

/**
 * The destination of pino's lines. `write` never blocks: lines go into a bounded queue that is
 * written in the background, so a stuck reader (a stopped terminal, a full pipe) does not block
 * calls. Lines that exceed the queue are dropped and counted.
 */
export class LogWriter {
  readonly #output: Output;
  readonly #mostWaiting: number;
  readonly #onDropped: (count: number) => void;
  #lines: string[] = [];
  #waiting = 0;
  /** The bytes being written, or waiting for a retry. */
  #chunk: Buffer | null = null;
  /** Pending retry of a chunk after a full pipe; null while a write is in progress. */
  #retry: NodeJS.Timeout | null = null;
  #linesInChunk = 0;
  #dropped = 0;
  #closed = false;
  #drains: (() => void)[] = [];

  constructor({ output, mostWaiting = MOST_WAITING, onDropped }: LogWriterOptions) {
    this.#output = output;
    this.#mostWaiting = mostWaiting;
    this.#onDropped = onDropped;
  }

  write(line: string): void {
    if (this.#closed) return;
    if (this.#waiting + line.length > this.#mostWaiting) {
      this.#dropped += 1;
      return;
    }
    this.#lines.push(line);
    this.#waiting += line.length;
    if (this.#chunk === null) this.#next();
  }

  /**
   * Resolves when everything is written, when the output is closed, or after `timeoutMs`.
   * @returns whether nothing is left
   */
  async drain(timeoutMs: number): Promise<boolean> {
    if (this.#chunk === null) return true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#drains.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return this.#chunk === null;
  }

  /**
   * Writes the rest synchronously when the process exits, as far as the output accepts it. Not
   * named flushSync, which pino would call for every fatal line.
   */
  writeRest(): void {
    const lines = Buffer.from(this.#lines.join(''));
    // A chunk whose write is in progress must not be written twice; one that waits for a retry is
    // not written otherwise.
    const rest = this.#retry ? Buffer.concat([this.#chunk as Buffer, lines]) : lines;
    if (this.#retry) {
      clearTimeout(this.#retry);
      this.#retry = null;
      this.#chunk = null;
    }
    this.#lines = [];
    this.#waiting = 0;
    try {
      for (let at = 0; at < rest.length; ) at += this.#output.writeSync(rest.subarray(at));
    } catch {
      // The output accepts nothing, so the failure can't be logged either.
    }
  }

  #next(): void {
    // Logged before the next lines, where the dropped lines are missing.
    if (this.#dropped > 0 && this.#waiting < this.#mostWaiting / 2) this.#reportDropped();
    if (this.#lines.length === 0) return this.#resolveDrains();
    let count = 0;
    let length = 0;
    while (count < this.#lines.length && (count === 0 || length + (this.#lines[count] as string).length <= CHUNK)) {
      length += (this.#lines[count] as string).length;
      count += 1;
    }
    this.#waiting -= length;
    this.#linesInChunk = count;
    this.#chunk = Buffer.from(this.#lines.splice(0, count).join(''));
    this.#send();
  }

  #reportDropped(): void {
    const count = this.#dropped;
    this.#dropped = 0;
    // The reported line must not start a separate write.
    this.#chunk ??= Buffer.alloc(0);
    this.#onDropped(count);
    this.#chunk = null;
  }

  #send(): void {
    this.#retry = null;
    this.#output.write(this.#chunk as Buffer, (error, written) => {
      const chunk = this.#chunk as Buffer;
      if (error && FULL.has(error.code ?? '')) {
        this.#retry = setTimeout(() => this.#send(), RETRY_MS).unref();
        return;
      }
      if (error) return this.#fail(error);
      this.#chunk = written < chunk.length ? chunk.subarray(written) : null;
      if (this.#chunk === null) this.#next();
      else this.#send();
    });
  }

  /**
   * A failed write is not retried (a disk may stay full for days); the next line starts a new one.
   */
  #fail(error: NodeJS.ErrnoException): void {
    this.#chunk = null;
    this.#closed = CLOSED.has(error.code ?? '');
    this.#dropped += this.#closed ? 0 : this.#lines.length + this.#linesInChunk;
    this.#lines = [];
    this.#waiting = 0;
    this.#resolveDrains();
  }

  #resolveDrains(): void {
    for (const resolve of this.#drains.splice(0)) resolve();
  }
}
