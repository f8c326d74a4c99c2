/** What a command may touch of the process. Data goes to `out`, talk goes to `say`. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** Arguments after the command's own name. */
  readonly args: string[];
  /** Of this product. */
  readonly version: string;
  /** Without a v. */
  readonly nodeVersion: string;
  /** Standard output, as it is. */
  out(text: string): void;
  /** Standard error, with a line break at its end. */
  say(text: string): void;
  /** True when a person sits at standard input and standard error. */
  readonly interactive: boolean;
  /** True when standard output may be coloured. */
  readonly color: boolean;
  /** Epoch ms. */
  now(): number;
}

/** The arguments can't be followed: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The command ran and found something wrong, which it has told already: exit code 1. */
export class FailedCommand extends Error {
  override name = 'FailedCommand';
}

/** Writes a value as JSON on standard output. */
export const outJson = (terminal: Terminal, value: unknown): void => terminal.out(`${JSON.stringify(value, null, 2)}\n`);
