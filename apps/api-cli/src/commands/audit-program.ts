import type { Command } from 'commander';
import { examples, listCommand, rfc3339 } from './api-command.ts';
import type { ListOptions } from './list.ts';
import type { Terminal } from './terminal.ts';

/** `api-factory audit …`. */
export function addAudit(root: Command, terminal: Terminal): void {
  const audit = root.command('audit').description('list what operators and the product changed').helpCommand(false);
  listCommand(audit)
    .description('list audit entries, newest first; --json includes the details of each change')
    .option('--actor <id>', 'only changes by this actor: an operator key’s id, env or system')
    .option('--action <action>', 'only this action, for example key.revoke')
    .option('--object-type <type>', 'only changes of this type of object, for example key')
    .option('--object-id <id>', 'only changes of this object')
    .option('--from <time>', 'start, as an RFC 3339 time', rfc3339)
    .option('--to <time>', 'end, as an RFC 3339 time', rfc3339)
    .addHelpText('after', examples('api-factory audit list --action key.revoke', 'api-factory audit list --object-id key_123 --json'))
    .action(async (options: ListOptions) => (await import('./audit.ts')).listAudit(options, terminal));
}
