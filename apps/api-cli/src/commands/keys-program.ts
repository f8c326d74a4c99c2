import { type Command, Option } from 'commander';
import { apiCommand, examples, listCommand, rfc3339, wholeNumber } from './api-command.ts';
import type { ConnectionOptions } from './connection.ts';
import type { ChangeKeyOptions, CreateKeyOptions } from './keys.ts';
import type { ListOptions } from './list.ts';
import type { Terminal } from './terminal.ts';

/** `api-factory keys …`. */
export function addKeys(root: Command, terminal: Terminal): void {
  const keys = root.command('keys').description('create, list, suspend, resume, revoke and rotate API keys').helpCommand(false);
  apiCommand(keys, 'create')
    .description('create a key; standard output is the key alone')
    .requiredOption('--name <name>', 'name of the key in lists')
    .option('--plan <id>', 'plan of its new entitlement')
    .option('--consumer <id>', 'consumer that owns the key')
    .option('--entitlement <id>', 'existing entitlement whose quota and rate it shares, instead of a plan')
    .option('--expires-at <time>', 'RFC 3339 time at which it stops working', rfc3339)
    .addHelpText('after', examples('KEY=$(api-factory keys create --name first --plan starter)'))
    .action(async (options: CreateKeyOptions) => (await import('./keys.ts')).createKey(options, terminal));
  listCommand(keys)
    .description('list keys, newest first')
    .addOption(new Option('--status <status>', 'only keys with this status').choices(['enabled', 'suspended', 'revoked', 'expired']))
    .addOption(
      new Option('--access <access>', 'only keys with this access from their subscription').choices([
        'active',
        'grace',
        'suspended',
        'revoked',
      ]),
    )
    .option('--plan <id>', 'only keys on this plan')
    .option('--consumer <id>', 'only keys of this consumer')
    .option('--search <text>', 'part of the name, start of the key, or its last 4 characters')
    .addHelpText('after', examples('api-factory keys list --status suspended', 'api-factory keys list --json --limit 5000'))
    .action(async (options: ListOptions) => (await import('./keys.ts')).listKeys(options, terminal));
  addKeyChanges(keys, terminal);
}

function addKeyChanges(keys: Command, terminal: Terminal): void {
  apiCommand(keys, 'suspend')
    .description('refuse a key until it is resumed')
    .argument('<id>', 'id of the key, key_…')
    .action(async (id: string, options: ConnectionOptions) =>
      (await import('./keys.ts')).changeKey({ id, change: 'suspend' }, options, terminal),
    );
  apiCommand(keys, 'resume')
    .description('lift the suspension of a key')
    .argument('<id>', 'id of the key, key_…')
    .action(async (id: string, options: ConnectionOptions) =>
      (await import('./keys.ts')).changeKey({ id, change: 'resume' }, options, terminal),
    );
  apiCommand(keys, 'revoke')
    .description('permanently refuse a key; asks first at a terminal')
    .argument('<id>', 'id of the key, key_…')
    .option('-y, --yes', 'don’t ask')
    .addHelpText('after', examples('api-factory keys revoke key_123 --yes'))
    .action(async (id: string, options: ChangeKeyOptions) =>
      (await import('./keys.ts')).changeKey({ id, change: 'revoke' }, options, terminal),
    );
  apiCommand(keys, 'rotate')
    .description('create a successor with the same quota and rate; standard output is the new key alone')
    .argument('<id>', 'id of the key, key_…')
    .option('--overlap <seconds>', 'how long the old key keeps working', wholeNumber(0, 2_592_000), 0)
    .addHelpText('after', examples('api-factory keys rotate key_123 --overlap 3600'))
    .action(async (id: string, options: ConnectionOptions & { overlap: number }) =>
      (await import('./keys.ts')).rotateKey(id, options, terminal),
    );
}
