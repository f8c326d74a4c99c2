import type { Command } from 'commander';
import type { ConnectionOptions } from './connection.ts';
import { examples, talking } from './talking.ts';
import type { Terminal } from './terminal.ts';

/** `api-factory operator-keys`: whose keys open the operator API. */
export function addOperatorKeys(root: Command, terminal: Terminal): void {
  const keys = root.command('operator-keys').description('list, create and revoke operator keys').helpCommand(false);
  talking(keys, 'list')
    .description('list the operator keys in force')
    .action(async (options: ConnectionOptions) => (await import('./operator-keys.ts')).listOperatorKeys(options, terminal));
  talking(keys, 'create')
    .description('make one more operator key; standard output is the key alone')
    .requiredOption('--name <name>', 'who or what it is for')
    .addHelpText('after', examples('(umask 077; api-factory operator-keys create --name ada >ada.key)'))
    .action(async (options: ConnectionOptions & { name: string }) =>
      (await import('./operator-keys.ts')).createOperatorKey(options, terminal),
    );
  talking(keys, 'revoke')
    .description('end an operator key and its sessions for good; asks first at a terminal')
    .argument('<id>', 'id of the operator key, operator_…')
    .option('-y, --yes', 'don’t ask')
    .addHelpText('after', examples('api-factory operator-keys revoke operator_123 --yes'))
    .action(async (id: string, options: ConnectionOptions & { yes?: boolean }) =>
      (await import('./operator-keys.ts')).revokeOperatorKey(id, options, terminal),
    );
}
