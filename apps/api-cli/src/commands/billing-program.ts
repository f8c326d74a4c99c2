import { type Command, InvalidArgumentError, Option } from 'commander';
import { apiCommand, examples, listCommand } from './api-command.ts';
import type { ConnectionOptions } from './connection.ts';
import type { ListOptions } from './list.ts';
import type { Terminal } from './terminal.ts';

/** `api-factory billing …`. */
export function addBilling(root: Command, terminal: Terminal): void {
  const billing = root.command('billing').description('show billing, fix problems with it, and drive the sandbox').helpCommand(false);
  apiCommand(billing, 'status')
    .description('show the mode, webhook, event inbox, drift and last sweep')
    .addHelpText('after', examples('api-factory billing status', 'api-factory billing status --json'))
    .action(async (options: ConnectionOptions) => (await import('./billing.ts')).showStatus(options, terminal));
  addLists(billing, terminal);
  addFixes(billing, terminal);
  addTests(billing, terminal);
}

function addLists(billing: Command, terminal: Terminal): void {
  listCommand(billing, 'events')
    .description('list Stripe events, newest first')
    .addOption(new Option('--state <state>', 'only events in this state').choices(['pending', 'done', 'ignored', 'dead']))
    .addHelpText('after', examples('api-factory billing events --state dead'))
    .action(async (options: ListOptions) => (await import('./billing.ts')).listEvents(options, terminal));
  listCommand(billing, 'subscriptions')
    .description('list subscriptions as of their last sync, newest first')
    .option('--consumer <id>', 'only subscriptions of this consumer')
    .addOption(
      new Option('--access <access>', 'only subscriptions that grant this').choices(['active', 'grace', 'suspended', 'revoked', 'none']),
    )
    .addHelpText('after', examples('api-factory billing subscriptions --access grace'))
    .action(async (options: ListOptions) => (await import('./billing.ts')).listSubscriptions(options, terminal));
  listCommand(billing, 'disputes')
    .description('list disputes as of their last sync, newest first')
    .addHelpText('after', examples('api-factory billing disputes'))
    .action(async (options: ListOptions) => (await import('./billing-disputes.ts')).listDisputes(options, terminal));
}

function addFixes(billing: Command, terminal: Terminal): void {
  apiCommand(billing, 'release')
    .description('permanently lift the hold of a dispute, so that the consumer’s keys work again')
    .argument('<id>', 'id of the dispute, dp_… or du_…')
    .addHelpText('after', examples('api-factory billing release dp_123'))
    .action(async (id: string, options: ConnectionOptions) =>
      (await import('./billing-disputes.ts')).releaseDispute(id, options, terminal),
    );
  apiCommand(billing, 'replay')
    .description('process an event again, as if it had just arrived')
    .argument('<id>', 'id of the event, evt_…')
    .addHelpText('after', examples('api-factory billing replay evt_123'))
    .action(async (id: string, options: ConnectionOptions) => (await import('./billing.ts')).replayEvent(id, options, terminal));
  apiCommand(billing, 'sync')
    .description('bring the stored state of a consumer in line with Stripe')
    .argument('<consumer>', 'id of the consumer, consumer_…')
    .addHelpText('after', examples('api-factory billing sync consumer_123'))
    .action(async (id: string, options: ConnectionOptions) => (await import('./billing.ts')).syncConsumer(id, options, terminal));
  apiCommand(billing, 'reconcile')
    .description('compare every customer with Stripe, report and correct drift; waits until the sweep has finished')
    .addHelpText('after', examples('api-factory billing reconcile', 'api-factory billing reconcile --json'))
    .action(async (options: ConnectionOptions) => (await import('./billing.ts')).reconcile(options, terminal));
}

function addTests(billing: Command, terminal: Terminal): void {
  apiCommand(billing, 'test-webhook')
    .description('send a signed test event to the webhook endpoint at the public address')
    .addHelpText('after', examples('api-factory billing test-webhook'))
    .action(async (options: ConnectionOptions) => (await import('./billing.ts')).testWebhook(options, terminal));
  apiCommand(billing, 'sandbox')
    .description('send a control to the billing sandbox and print its answer as JSON')
    .argument('<control>', 'for example advance, fail-payments, pay-open-invoices, cancel, open-dispute, events')
    .argument('[input]', 'input of the control, as a JSON object', jsonObject, {})
    .addHelpText(
      'after',
      examples(
        `api-factory billing sandbox advance '{ "seconds": 2764800 }'`,
        `api-factory billing sandbox fail-payments '{ "customerId": "cus_123", "times": 9 }'`,
      ),
    )
    .action(async (control: string, input: Record<string, unknown>, options: ConnectionOptions) =>
      (await import('./billing.ts')).driveSandbox({ control, input }, options, terminal),
    );
}

function jsonObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {}
  throw new InvalidArgumentError('It must be a JSON object.');
}
