import { write, writeSync } from 'node:fs';

type Done = (error: NodeJS.ErrnoException | null, written: number) => void;

/** What log lines are written with: `fs.write` and `fs.writeSync` on one file descriptor. */
export interface Output {
  write(bytes: Buffer, done: Done): void;
  /** Returns how many bytes were written. */
  writeSync(bytes: Buffer): number;
}

export interface LogWriterOptions {
  output: Output;
  /** Characters that wait for a slow reader; what comes on top is dropped. */
  mostWaiting?: number;
  /** Called with the number of dropped lines once there is room again, to log it. */
  onDropped: (count: number) => void;
}

/** About 10,000 lines. */
const MOST_WAITING = 4 * 1024 * 1024;
/** Written at once: no more than a pipe holds by default. */
const CHUNK = 64 * 1024;
/** How often a full pipe is tried again. */
const RETRY_MS = 20;
/** The reader is gone for good: a closed pipe, a dead terminal, a closed descriptor. */
const GONE = new Set(['EPIPE', 'EIO', 'EBADF']);
/** Full for now. */
const FULL = new Set(['EAGAIN', 'EBUSY', 'EINTR']);

/** Writes to a file descriptor. */
export const outputTo = (fd: number): Output => ({
  write: (bytes, done) => write(fd, bytes, 0, bytes.length, null, done),
  writeSync: (bytes) => writeSync(fd, bytes),
});

/**
 * Where pino writes its lines. `write` never waits: a line goes into a bounded queue that is
 * written in the background, so a reader that stands still (a stopped terminal, a full pipe) stops
 * no call. Lines that find no room are dropped and counted.
 */
export class LogWriter {
  readonly #output: Output;
  readonly #mostWaiting: number;
  readonly #onDropped: (count: number) => void;
  #lines: string[] = [];
  #waiting = 0;
  /** What is being written, or is to be tried again. */
  #chunk: Buffer | null = null;
  /** Of a chunk that a full pipe did not take; null while one is being written. */
  #retry: NodeJS.Timeout | null = null;
  #linesInChunk = 0;
  #dropped = 0;
  #gone = false;
  #idle: (() => void)[] = [];

  constructor({ output, mostWaiting = MOST_WAITING, onDropped }: LogWriterOptions) {
    this.#output = output;
    this.#mostWaiting = mostWaiting;
    this.#onDropped = onDropped;
  }

  write(line: string): void {
    if (this.#gone) return;
    if (this.#waiting + line.length > this.#mostWaiting) {
      this.#dropped += 1;
      return;
    }
    this.#lines.push(line);
    this.#waiting += line.length;
    if (this.#chunk === null) this.#next();
  }

  /**
   * Resolves when everything is written, when the reader is gone, or after `timeoutMs`. @returns
   * whether nothing is left
   */
  async drain(timeoutMs: number): Promise<boolean> {
    if (this.#chunk === null) return true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return this.#chunk === null;
  }

  /**
   * For the moment at which the process ends and nothing runs in the background any more: writes
   * what a reader takes at once. Not named flushSync, which pino would call at every fatal line.
   */
  writeRest(): void {
    const lines = Buffer.from(this.#lines.join(''));
    // A chunk that is being written must not be written twice; one that waits for a full pipe is
    // written by nobody else.
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
      // The reader takes nothing: there is nobody to tell.
    }
  }

  #next(): void {
    // Told before the next lines, in the place where the others are missing.
    if (this.#dropped > 0 && this.#waiting < this.#mostWaiting / 2) this.#tellOfDropped();
    if (this.#lines.length === 0) return this.#rest();
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

  #tellOfDropped(): void {
    const count = this.#dropped;
    this.#dropped = 0;
    // Its line must not begin a write of its own.
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
   * A write that failed is not tried again (a disk may stay full for days); the next line tries
   * anew.
   */
  #fail(error: NodeJS.ErrnoException): void {
    this.#chunk = null;
    this.#gone = GONE.has(error.code ?? '');
    this.#dropped += this.#gone ? 0 : this.#lines.length + this.#linesInChunk;
    this.#lines = [];
    this.#waiting = 0;
    this.#rest();
  }

  #rest(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
