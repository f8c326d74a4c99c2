/** The parts of the process that commands use. Data goes to `out`, messages go to `say`. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** Arguments after the program's name. */
  readonly args: string[];
  /** Of API-Factory. */
  readonly version: string;
  /** Without the leading v. */
  readonly nodeVersion: string;
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes a line to standard error. */
  say(text: string): void;
  /** Whether standard input and standard error are a terminal, where a prompt can be answered. */
  readonly interactive: boolean;
  /** Whether standard output may be colored. */
  readonly color: boolean;
  /** Epoch ms. */
  now(): number;
}

/** Invalid arguments: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The command ran, but the result is a failure. Its message is printed as is: exit code 1. */
export class FailedCommand extends Error {
  override name = 'FailedCommand';
}

/** Writes a value as JSON to standard output. */
export const outJson = (terminal: Terminal, value: unknown): void => terminal.out(`${JSON.stringify(value, null, 2)}\n`);

export interface ConfirmOptions {
  yes?: boolean;
}

/**
 * Asks for confirmation before an action that can't be undone. Scripts are not asked.
 * @throws FailedCommand with `declined` unless the answer is yes
 */
export async function confirmAtTerminal(
  terminal: Terminal,
  { yes }: ConfirmOptions,
  { question, declined }: { question: string; declined: string },
): Promise<void> {
  if (!terminal.interactive || yes) return;
  const { confirm, isCancel } = await import('@clack/prompts');
  const answer = await confirm({ message: question, initialValue: false });
  if (isCancel(answer) || !answer) throw new FailedCommand(declined);
}

/** For example `1 file`, `2 files`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
