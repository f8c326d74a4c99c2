import type { Command } from 'commander';
import { apiCommand, examples } from './api-command.ts';
import type { ConnectionOptions } from './connection.ts';
import type { CreateOperatorKeyOptions, RevokeOperatorKeyOptions } from './operator-keys.ts';
import type { Terminal } from './terminal.ts';

/** `api-factory operator-keys …`. */
export function addOperatorKeys(root: Command, terminal: Terminal): void {
  const keys = root.command('operator-keys').description('list, create and revoke keys of the operator API').helpCommand(false);
  apiCommand(keys, 'list')
    .description('list active operator keys')
    .action(async (options: ConnectionOptions) => (await import('./operator-keys.ts')).listOperatorKeys(options, terminal));
  apiCommand(keys, 'create')
    .description('create an operator key; standard output is the key alone')
    .requiredOption('--name <name>', 'who or what it is for')
    .addHelpText('after', examples('(umask 077; api-factory operator-keys create --name ada >ada.key)'))
    .action(async (options: CreateOperatorKeyOptions) => (await import('./operator-keys.ts')).createOperatorKey(options, terminal));
  apiCommand(keys, 'revoke')
    .description('permanently revoke an operator key and end its sessions; asks first at a terminal')
    .argument('<id>', 'id of the operator key, operator_…')
    .option('-y, --yes', 'don’t ask')
    .addHelpText('after', examples('api-factory operator-keys revoke operator_123 --yes'))
    .action(async (id: string, options: RevokeOperatorKeyOptions) =>
      (await import('./operator-keys.ts')).revokeOperatorKey(id, options, terminal),
    );
}
