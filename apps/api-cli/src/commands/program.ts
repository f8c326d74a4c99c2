import { Command, Option } from 'commander';
import { addBilling } from './billing-program.ts';
import type { ConnectionOptions } from './connection.ts';
import type { CreateOptions, ListOptions } from './keys.ts';
import { addOperatorKeys } from './operator-keys-program.ts';
import type { SetOptions, TypedLimit, TypedPrice } from './plans.ts';
import type { PushOptions } from './plans-push.ts';
import { examples, talking, whole } from './talking.ts';
import type { Terminal } from './terminal.ts';
import { addUsage } from './usage-program.ts';

/**
 * The `api-factory` command: this list is its table of contents. What a command does is loaded when it runs, so that `serve`
 * starts without the rest.
 */
export function program(terminal: Terminal): Command {
  const root = new Command('api-factory')
    .description('Turns an API into a paid product: keys, plans, limits, metering.')
    .version(terminal.version, '-V, --version')
    .helpCommand(false)
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText('after', '\nWithout a command it runs serve.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.say(text.trimEnd()),
    });
  addServe(root, terminal);
  addKeys(root, terminal);
  addPlans(root, terminal);
  addUsage(root, terminal);
  addBilling(root, terminal);
  addDoctor(root, terminal);
  addOperatorKeys(root, terminal);
  addOpenapi(root, terminal);
  return root;
}

/**
 * The arguments, or `serve` when there are none: `npx api-factory` starts the product. Commander's own default command would take every
 * mistyped word for an argument of `serve`.
 */
export const commandLine = (args: readonly string[]): readonly string[] => (args.length === 0 ? ['serve'] : args);

function addServe(root: Command, terminal: Terminal): void {
  root
    .command('serve')
    .description('run the product: gateway, admin API and, without DATABASE_URL, an embedded Postgres')
    .addHelpText('after', examples('api-factory serve', 'PORT=9000 API_FACTORY_DATA_DIR=/srv/af api-factory serve'))
    .action(async () => (await import('./serve.ts')).serveCommand(terminal));
}

function addKeys(root: Command, terminal: Terminal): void {
  const keys = root.command('keys').description('issue, list, suspend, resume, revoke and rotate API keys').helpCommand(false);
  talking(keys, 'create')
    .description('issue a key; standard output is the key alone')
    .requiredOption('--name <name>', 'what the key is called in lists')
    .option('--plan <id>', 'the plan of its new entitlement')
    .option('--consumer <id>', 'the consumer who owns it')
    .option('--entitlement <id>', 'share the quota and the rate of this entitlement instead')
    .option('--expires-at <time>', 'RFC 3339 time from which it is refused')
    .addHelpText('after', examples('KEY=$(api-factory keys create --name first --plan starter)'))
    .action(async (options: CreateOptions) => (await import('./keys.ts')).createKey(options, terminal));
  talking(keys, 'list')
    .description('list keys, newest first')
    .addOption(new Option('--status <status>', 'only keys of this status').choices(['enabled', 'suspended', 'revoked', 'expired']))
    .option('--plan <id>', 'only keys of this plan')
    .option('--consumer <id>', 'only keys of this consumer')
    .option('--search <text>', 'a part of the name, the beginning of the key or its last 4 characters')
    .option('--limit <n>', 'at most this many', whole(1, 1_000_000), 50)
    .addHelpText('after', examples('api-factory keys list --status suspended', 'api-factory keys list --json --limit 5000'))
    .action(async (options: ListOptions) => (await import('./keys.ts')).listKeys(options, terminal));
  addKeyChanges(keys, terminal);
}

function addKeyChanges(keys: Command, terminal: Terminal): void {
  talking(keys, 'suspend')
    .description('refuse a key until it is resumed')
    .argument('<id>', 'id of the key, key_…')
    .action(async (id: string, options: ConnectionOptions) => (await import('./keys.ts')).suspendKey(id, options, terminal));
  talking(keys, 'resume')
    .description('let a suspended key call again')
    .argument('<id>', 'id of the key, key_…')
    .action(async (id: string, options: ConnectionOptions) => (await import('./keys.ts')).resumeKey(id, options, terminal));
  talking(keys, 'revoke')
    .description('refuse a key for good; asks first at a terminal')
    .argument('<id>', 'id of the key, key_…')
    .option('-y, --yes', 'don’t ask')
    .addHelpText('after', examples('api-factory keys revoke key_123 --yes'))
    .action(async (id: string, options: ConnectionOptions & { yes?: boolean }) =>
      (await import('./keys.ts')).revokeKey(id, options, terminal),
    );
  talking(keys, 'rotate')
    .description('issue a successor that shares quota and rate; standard output is the new key alone')
    .argument('<id>', 'id of the key, key_…')
    .option('--overlap <seconds>', 'how long the old key lives on', whole(0, 2_592_000), 0)
    .addHelpText('after', examples('api-factory keys rotate key_123 --overlap 3600'))
    .action(async (id: string, options: ConnectionOptions & { overlap: number }) =>
      (await import('./keys.ts')).rotateKey(id, options, terminal),
    );
}

function addPlans(root: Command, terminal: Terminal): void {
  const plans = root.command('plans').description('list, set, delete and sell plans').helpCommand(false);
  talking(plans, 'list')
    .description('list plans with their quota and rate')
    .option('--limit <n>', 'at most this many', whole(1, 1_000_000), 50)
    .action(async (options: ConnectionOptions & { limit: number }) => (await import('./plans.ts')).listPlans(options, terminal));
  talking(plans, 'set')
    .description('create a plan, or make its next version; what is not named stays')
    .argument('<id>', 'id of the plan, for example pro')
    .option('--name <name>', 'what it is called')
    .option('--quota <units>', 'units per period, or unlimited', wholeOrUnlimited(9_000_000_000_000_000))
    .addOption(new Option('--period <period>', 'period of the quota (a new plan: month)').choices(['month', 'day']))
    .option('--rate <calls>', 'calls per window, or unlimited', wholeOrUnlimited(1_000_000))
    .option('--window <seconds>', 'window of the rate (a new plan: 60)', whole(1, 86_400))
    .option('--price <amount>', 'price in the smallest unit of the currency (cents of usd, whole yen of jpy), or none', wholeOrNone)
    .option('--currency <code>', 'ISO 4217 code in lower case (a new price: usd)')
    .addOption(new Option('--interval <interval>', 'how often the price is due (a new price: month)').choices(['month', 'year']))
    .addOption(new Option('--existing <what>', 'now: its entitlements move to the new version; keep: they stay').choices(['now', 'keep']))
    .addHelpText(
      'after',
      examples(
        'api-factory plans set team --name Team --quota 50000 --rate 1000 --price 4900',
        'api-factory plans set team --quota unlimited --existing keep',
        'api-factory plans set team --price none',
      ),
    )
    .action(async (id: string, options: SetOptions) => (await import('./plans.ts')).setPlan(id, options, terminal));
  talking(plans, 'delete')
    .description('delete a plan that nothing refers to; asks first at a terminal')
    .argument('<id>', 'id of the plan, for example pro')
    .option('-y, --yes', 'don’t ask')
    .addHelpText('after', examples('api-factory plans delete team --yes'))
    .action(async (id: string, options: ConnectionOptions & { yes?: boolean }) =>
      (await import('./plans.ts')).deletePlan(id, options, terminal),
    );
  talking(plans, 'push')
    .description('make products and prices at Stripe say what the plans say; twice changes nothing')
    .option('--dry-run', 'only say what would be done')
    .addHelpText('after', examples('api-factory plans push --dry-run', 'api-factory plans push'))
    .action(async (options: PushOptions) => (await import('./plans-push.ts')).pushPlans(options, terminal));
}

function addDoctor(root: Command, terminal: Terminal): void {
  root
    .command('doctor')
    .description('check configuration, Node, data directory, database, ledger, clock, spool and port, and say how to mend what is wrong')
    .option('--json', 'write JSON')
    .addHelpText('after', '\nRun it with the environment that the product runs with. It changes nothing.')
    .action(async (options: { json?: boolean }) => (await import('./doctor.ts')).doctorCommand(options, terminal));
}

function addOpenapi(root: Command, terminal: Terminal): void {
  root
    .command('openapi')
    .description('write the OpenAPI 3.1 document of this version')
    .option('--out <file>', 'write it there instead of to standard output')
    .option('--json', 'write JSON instead of YAML')
    .action(async (options: { out?: string; json?: boolean }) => (await import('./openapi.ts')).openapiCommand(options, terminal));
}

/** "unlimited" stays a word: commander takes a parser's null for a missing value. */
const wholeOrUnlimited =
  (maximum: number): ((text: string) => TypedLimit) =>
  (text) =>
    text === 'unlimited' ? text : whole(0, maximum)(text);

const wholeOrNone = (text: string): TypedPrice => (text === 'none' ? text : whole(0, 9_000_000_000_000_000)(text));
