import { CommanderError } from 'commander';
import { commandLine, program } from './program.ts';
import { FailedCommand, type Terminal, UsageError } from './terminal.ts';

/** 0: done. 1: it failed. 2: invalid arguments. */
export type ExitCode = 0 | 1 | 2;

/** Runs the command line in `terminal.args`. Bugs are rethrown with their stack trace. */
export async function run(terminal: Terminal): Promise<ExitCode> {
  try {
    await program(terminal).parseAsync(commandLine(terminal.args), { from: 'user' });
    return 0;
  } catch (error) {
    return reportError(error, terminal);
  }
}

function reportError(error: unknown, terminal: Terminal): ExitCode {
  // Commander has printed its message already, and throws for --help and --version too.
  if (error instanceof CommanderError) return ['commander.helpDisplayed', 'commander.version'].includes(error.code) ? 0 : 2;
  if (error instanceof UsageError) {
    terminal.say(`error: ${error.message}`);
    return 2;
  }
  if (!(error instanceof Error) || BUGS.includes(error.name)) throw error;
  if (error.message !== '') terminal.say(error instanceof FailedCommand ? error.message : `error: ${error.message}`);
  return 1;
}

/** Errors caused by bugs. The messages of all other errors are meant for the operator. */
const BUGS = ['AssertionError', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError'];
