import { type Command, Option } from 'commander';
import { apiCommand, examples, listCommand, rfc3339 } from './api-command.ts';
import type { ListOptions } from './list.ts';
import type { DiscardOptions, RetryOptions } from './quarantine.ts';
import type { Terminal } from './terminal.ts';
import type { UsageOptions } from './usage.ts';

/** `api-factory usage`: totals, single calls, and records that the database refused. */
export function addUsage(root: Command, terminal: Terminal): void {
  const usage = apiCommand(root, 'usage')
    .description('show totals of calls and units')
    .helpCommand(false)
    .option('--from <time>', 'start, as an RFC 3339 time (default: 24 hours ago)', rfc3339)
    .option('--to <time>', 'end, as an RFC 3339 time (default: now)', rfc3339)
    .option('--key <ids>', 'only these keys: ids separated by commas')
    .option('--api <slug>', 'only this API')
    .addOption(new Option('--group-by <field>', 'a row for each key, route or status').choices(['key', 'route', 'status']).default('key'))
    .addOption(new Option('--bucket <length>', 'length of time that a row covers').choices(['minute', 'hour', 'day']).default('hour'))
    .addHelpText(
      'after',
      examples(
        'api-factory usage --from 2026-01-01T00:00:00Z --bucket day',
        'api-factory usage --key key_123,key_456 --group-by route --bucket hour',
      ),
    )
    .action(async (options: UsageOptions) => (await import('./usage.ts')).showUsage(options, terminal));
  addEvents(usage, terminal);
  addQuarantine(usage, terminal);
}

function addEvents(usage: Command, terminal: Terminal): void {
  listCommand(usage, 'events')
    .description('list usage events, one for each call that was not refused, newest first')
    .option('--from <time>', 'start, as an RFC 3339 time', rfc3339)
    .option('--to <time>', 'end, as an RFC 3339 time', rfc3339)
    .option('--key <id>', 'only calls with this key')
    .option('--api <slug>', 'only calls of this API')
    .option('--status <status>', 'only calls answered with this status, or class of statuses such as 4xx')
    .addHelpText('after', examples('api-factory usage events --status 5xx', 'api-factory usage events --key key_123 --limit 1000 --json'))
    .action(async (options: ListOptions) => (await import('./usage.ts')).listUsageEvents(options, terminal));
}

function addQuarantine(usage: Command, terminal: Terminal): void {
  const quarantine = usage
    .command('quarantine')
    .description('list, retry and discard usage records that the database refused')
    .helpCommand(false);
  listCommand(quarantine)
    .description('list quarantined records, newest first')
    .action(async (options: ListOptions) => (await import('./quarantine.ts')).listQuarantined(options, terminal));
  apiCommand(quarantine, 'retry')
    .description('try to store a record again; if it is refused again, it stays in quarantine')
    .argument('[id]', 'id of the record')
    .option('--all', 'all records, oldest first')
    .addHelpText('after', examples('api-factory usage quarantine retry 17', 'api-factory usage quarantine retry --all'))
    .action(async (id: string | undefined, options: RetryOptions) =>
      (await import('./quarantine.ts')).retryQuarantined(id, options, terminal),
    );
  apiCommand(quarantine, 'discard')
    .description('permanently discard a record, so that its usage is not charged; asks first at a terminal')
    .argument('<id>', 'id of the record')
    .option('-y, --yes', 'don’t ask')
    .addHelpText('after', examples('api-factory usage quarantine discard 17 --yes'))
    .action(async (id: string, options: DiscardOptions) => (await import('./quarantine.ts')).discardQuarantined(id, options, terminal));
}
