import { run } from '../commands/run.ts';
import type { Terminal } from '../commands/terminal.ts';

/** The result of a command line. */
export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs a command line in this process, without the real environment. */
export async function runCli(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  const terminal: Terminal = {
    args,
    env,
    version: '0.0.0-test',
    nodeVersion: '20.19.0',
    out: (text) => {
      stdout += text;
    },
    say: (text) => {
      stderr += `${text}\n`;
    },
    interactive: false,
    color: false,
    now: Date.now,
  };
  const exitCode = await run(terminal);
  return { exitCode, stdout, stderr };
}
