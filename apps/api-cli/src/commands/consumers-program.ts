import type { Command } from 'commander';
import { apiCommand, examples, listCommand } from './api-command.ts';
import type { ConnectionOptions } from './connection.ts';
import type { CreateConsumerOptions } from './consumers.ts';
import type { ListOptions } from './list.ts';
import type { Terminal } from './terminal.ts';

/** `api-factory consumers …`. */
export function addConsumers(root: Command, terminal: Terminal): void {
  const consumers = root.command('consumers').description('list, show and create consumers, the owners of API keys').helpCommand(false);
  listCommand(consumers)
    .description('list consumers, newest first')
    .option('--search <text>', 'part of the name or email address')
    .addHelpText('after', examples('api-factory consumers list --search ada', 'api-factory consumers list --json --limit 5000'))
    .action(async (options: ListOptions) => (await import('./consumers.ts')).listConsumers(options, terminal));
  apiCommand(consumers, 'show')
    .description('show a consumer')
    .argument('<id>', 'id of the consumer, consumer_…')
    .addHelpText('after', examples('api-factory consumers show consumer_123'))
    .action(async (id: string, options: ConnectionOptions) => (await import('./consumers.ts')).showConsumer(id, options, terminal));
  apiCommand(consumers, 'create')
    .description('create a consumer; standard output is its id alone')
    .requiredOption('--name <name>', 'name of the consumer')
    .option('--email <address>', 'email address of the consumer')
    .addHelpText(
      'after',
      examples(
        'CONSUMER=$(api-factory consumers create --name "Ada Lovelace" --email ada@example.com)',
        'api-factory keys create --name first --plan starter --consumer "$CONSUMER"',
      ),
    )
    .action(async (options: CreateConsumerOptions) => (await import('./consumers.ts')).createConsumer(options, terminal));
}
