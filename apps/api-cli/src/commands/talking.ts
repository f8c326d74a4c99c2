import { type Command, InvalidArgumentError } from 'commander';

/** A command that talks to the admin API. */
export function talking(parent: Command, name: string): Command {
  return parent
    .command(name)
    .option('--json', 'write JSON')
    .option('--url <url>', 'address of the installation (API_FACTORY_URL, else http://127.0.0.1:8787)')
    .option('--admin-key <key>', 'operator key; other users of the machine can see it, prefer the next (API_FACTORY_ADMIN_KEY)')
    .option('--admin-key-file <path>', 'file with the operator key (API_FACTORY_ADMIN_KEY_FILE)');
}

/** Examples at the end of a command's help. */
export const examples = (...lines: string[]): string => `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`;

/** Parser of a whole number. */
export function whole(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };
}
