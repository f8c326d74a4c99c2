import { type Command, Option } from 'commander';
import type { ConnectionOptions } from './connection.ts';
import type { DiscardOptions, QuarantineListOptions, RetryOptions } from './quarantine.ts';
import { examples, talking, whole } from './talking.ts';
import type { Terminal } from './terminal.ts';
import type { UsageOptions } from './usage.ts';

/** `api-factory usage`: what was called, and records that could not be stored. */
export function addUsage(root: Command, terminal: Terminal): void {
  const usage = talking(root, 'usage')
    .description('sums of calls and units')
    .helpCommand(false)
    .option('--from <time>', 'RFC 3339 time of the beginning (24 hours ago)')
    .option('--to <time>', 'RFC 3339 time of the end (now)')
    .addOption(new Option('--group-by <field>', 'one line for each').choices(['key', 'route', 'status']).default('key'))
    .addOption(new Option('--bucket <length>', 'one line for each').choices(['minute', 'hour', 'day']).default('hour'))
    .addHelpText('after', examples('api-factory usage --from 2026-01-01T00:00:00Z --group-by key --bucket day'))
    .action(async (options: UsageOptions) => (await import('./usage.ts')).showUsage(options, terminal));
  addQuarantine(usage, terminal);
}

function addQuarantine(usage: Command, terminal: Terminal): void {
  const quarantine = usage
    .command('quarantine')
    .description('list, retry and discard usage records that the database refused')
    .helpCommand(false);
  talking(quarantine, 'list')
    .description('list quarantined records, newest first')
    .option('--limit <n>', 'at most this many', whole(1, 1_000_000), 50)
    .action(async (_options: QuarantineListOptions, command: Command) =>
      (await import('./quarantine.ts')).listQuarantined(command.optsWithGlobals<QuarantineListOptions>(), terminal),
    );
  talking(quarantine, 'retry')
    .description('store a record after all; one that is refused again stays, with the reason')
    .argument('[id]', 'id of the record')
    .option('--all', 'every record, the oldest first')
    .addHelpText('after', examples('api-factory usage quarantine retry 17', 'api-factory usage quarantine retry --all'))
    .action(async (id: string | undefined, _options: RetryOptions, command: Command) =>
      (await import('./quarantine.ts')).retryQuarantined(id, command.optsWithGlobals<RetryOptions>(), terminal),
    );
  talking(quarantine, 'discard')
    .description('give a record up for good: nobody is charged for it; asks first at a terminal')
    .argument('<id>', 'id of the record')
    .option('-y, --yes', 'don’t ask')
    .addHelpText('after', examples('api-factory usage quarantine discard 17 --yes'))
    .action(async (id: string, _options: ConnectionOptions & DiscardOptions, command: Command) =>
      (await import('./quarantine.ts')).discardQuarantined(id, command.optsWithGlobals<DiscardOptions>(), terminal),
    );
}
