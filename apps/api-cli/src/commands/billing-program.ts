import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EventOptions, SubscriptionOptions } from './billing.ts';
import type { DisputeOptions } from './billing-disputes.ts';
import type { ConnectionOptions } from './connection.ts';
import { examples, talking, whole } from './talking.ts';
import type { Terminal } from './terminal.ts';

/** `api-factory billing …`. */
export function addBilling(root: Command, terminal: Terminal): void {
  const billing = root.command('billing').description('what Stripe says, and whether it gets through').helpCommand(false);
  talking(billing, 'status')
    .description('mode, webhook, inbox, drift and the last sweep')
    .addHelpText('after', examples('api-factory billing status', 'api-factory billing status --json'))
    .action(async (options: ConnectionOptions) => (await import('./billing.ts')).showStatus(options, terminal));
  addLists(billing, terminal);
  addDisputes(billing, terminal);
  addRepairs(billing, terminal);
}

function addLists(billing: Command, terminal: Terminal): void {
  talking(billing, 'events')
    .description('list events of Stripe’s, newest first')
    .addOption(new Option('--state <state>', 'only events in this state').choices(['pending', 'done', 'ignored', 'dead']))
    .option('--limit <n>', 'at most this many', whole(1, 1_000_000), 50)
    .addHelpText('after', examples('api-factory billing events --state dead'))
    .action(async (options: EventOptions) => (await import('./billing.ts')).listEvents(options, terminal));
  talking(billing, 'subscriptions')
    .description('list subscriptions as they were seen last, newest first')
    .option('--consumer <id>', 'only those of this consumer')
    .addOption(new Option('--access <access>', 'only those with this access').choices(['active', 'grace', 'suspended', 'revoked', 'none']))
    .option('--limit <n>', 'at most this many', whole(1, 1_000_000), 50)
    .addHelpText('after', examples('api-factory billing subscriptions --access grace'))
    .action(async (options: SubscriptionOptions) => (await import('./billing.ts')).listSubscriptions(options, terminal));
}

function addDisputes(billing: Command, terminal: Terminal): void {
  talking(billing, 'disputes')
    .description('list disputes as they were seen last, newest first')
    .option('--limit <n>', 'at most this many', whole(1, 1_000_000), 50)
    .addHelpText('after', examples('api-factory billing disputes'))
    .action(async (options: DisputeOptions) => (await import('./billing-disputes.ts')).listDisputes(options, terminal));
  talking(billing, 'release')
    .description('lift the hold of a dispute for good, so that the keys of its consumer work again')
    .argument('<id>', 'id of the dispute, dp_… or du_…')
    .addHelpText('after', examples('api-factory billing release dp_123'))
    .action(async (id: string, options: ConnectionOptions) =>
      (await import('./billing-disputes.ts')).releaseDispute(id, options, terminal),
    );
}

function addRepairs(billing: Command, terminal: Terminal): void {
  talking(billing, 'replay')
    .description('work on an event again, as if it had just come')
    .argument('<id>', 'id of the event, evt_…')
    .addHelpText('after', examples('api-factory billing replay evt_123'))
    .action(async (id: string, options: ConnectionOptions) => (await import('./billing.ts')).replayEvent(id, options, terminal));
  talking(billing, 'sync')
    .description('ask Stripe how a consumer stands and write down what follows')
    .argument('<consumer>', 'id of the consumer')
    .addHelpText('after', examples('api-factory billing sync consumer_123'))
    .action(async (id: string, options: ConnectionOptions) => (await import('./billing.ts')).syncConsumer(id, options, terminal));
  talking(billing, 'reconcile')
    .description('compare everything with Stripe, report what differs, then repair it; waits until it is through')
    .addHelpText('after', examples('api-factory billing reconcile', 'api-factory billing reconcile --json'))
    .action(async (options: ConnectionOptions) => (await import('./billing.ts')).reconcile(options, terminal));
  talking(billing, 'test-webhook')
    .description('send a signed event that means nothing to our own webhook, under the public address')
    .addHelpText('after', examples('api-factory billing test-webhook'))
    .action(async (options: ConnectionOptions) => (await import('./billing.ts')).testWebhook(options, terminal));
  talking(billing, 'sandbox')
    .description('drive the billing sandbox; standard output is what it says, as JSON')
    .argument('<control>', 'for example advance, fail-payments, pay-open-invoices, cancel, open-dispute, events')
    .argument('[input]', 'what the control takes, as JSON', json, {})
    .addHelpText(
      'after',
      examples(
        `api-factory billing sandbox advance '{ "seconds": 2764800 }'`,
        `api-factory billing sandbox fail-payments '{ "customerId": "cus_123", "times": 9 }'`,
      ),
    )
    .action(async (control: string, input: object, options: ConnectionOptions) =>
      (await import('./billing.ts')).driveSandbox({ control, input }, options, terminal),
    );
}

/** Parser of a JSON object. */
function json(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {}
  throw new InvalidArgumentError('It must be a JSON object.');
}
