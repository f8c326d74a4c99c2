import { CommanderError } from 'commander';
import { commandLine, program } from './program.ts';
import { FailedCommand, type Terminal, UsageError } from './terminal.ts';

/** 0: done. 1: it failed. 2: the arguments can't be followed. */
export type ExitCode = 0 | 1 | 2;

/** Runs the command line that `terminal.args` holds. An error that nobody foresaw is thrown on. */
export async function run(terminal: Terminal): Promise<ExitCode> {
  try {
    await program(terminal).parseAsync(commandLine(terminal.args), { from: 'user' });
    return 0;
  } catch (error) {
    return tell(error, terminal);
  }
}

function tell(error: unknown, terminal: Terminal): ExitCode {
  // Commander has written its own words; asked-for help and version are no errors.
  if (error instanceof CommanderError) return ['commander.helpDisplayed', 'commander.version'].includes(error.code) ? 0 : 2;
  if (error instanceof UsageError) {
    terminal.say(`error: ${error.message}`);
    return 2;
  }
  if (!(error instanceof Error) || FAULTS.includes(error.name)) throw error;
  if (error.message !== '') terminal.say(error instanceof FailedCommand ? error.message : `error: ${error.message}`);
  return 1;
}

/** Mistakes in the code itself: these keep their stack. Everything else is told in its own words, which are for the operator. */
const FAULTS = ['AssertionError', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError'];
