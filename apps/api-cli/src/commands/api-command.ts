import { type Command, InvalidArgumentError } from 'commander';

/** Adds a command that calls the operator API. */
export function apiCommand(parent: Command, name: string): Command {
  return parent
    .command(name)
    .option('--json', 'print JSON')
    .option('--url <url>', 'address of the product (API_FACTORY_URL, else this machine at PORT or 8787)')
    .option('--admin-key <key>', 'operator key (API_FACTORY_ADMIN_KEY); visible to other users of the machine, prefer --admin-key-file')
    .option('--admin-key-file <path>', 'file that contains the operator key (API_FACTORY_ADMIN_KEY_FILE)');
}

/** Adds a command that prints a list, up to `--limit` items. */
export const listCommand = (parent: Command, name = 'list'): Command =>
  apiCommand(parent, name).option('--limit <n>', 'maximum number of items', wholeNumber(1, 1_000_000), 50);

/** Examples at the end of a command's help. */
export const examples = (...lines: string[]): string => `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`;

/** Parser of an RFC 3339 time. */
export function rfc3339(text: string): string {
  const isTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text);
  if (isTime && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('It must be an RFC 3339 time such as 2026-01-31T00:00:00Z.');
}

/** Returns a parser for whole numbers within inclusive bounds. */
export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };
}
