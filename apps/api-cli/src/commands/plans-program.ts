import { type Command, InvalidArgumentError, Option } from 'commander';
import { apiCommand, examples, listCommand, wholeNumber } from './api-command.ts';
import type { ListOptions } from './list.ts';
import type { DeletePlanOptions, SetPlanOptions } from './plans.ts';
import type { PushPlansOptions } from './plans-push.ts';
import type { Terminal } from './terminal.ts';

const LARGEST_AMOUNT = 9_000_000_000_000_000;

/** `api-factory plans …`. */
export function addPlans(root: Command, terminal: Terminal): void {
  const plans = root.command('plans').description('list, create, edit and delete plans, and push them to Stripe').helpCommand(false);
  listCommand(plans)
    .description('list plans')
    .action(async (options: ListOptions) => (await import('./plans.ts')).listPlans(options, terminal));
  addSet(plans, terminal);
  apiCommand(plans, 'delete')
    .description('delete a plan that nothing refers to; asks first at a terminal')
    .argument('<id>', 'id of the plan, for example pro')
    .option('-y, --yes', 'don’t ask')
    .addHelpText('after', examples('api-factory plans delete team --yes'))
    .action(async (id: string, options: DeletePlanOptions) => (await import('./plans.ts')).deletePlan(id, options, terminal));
  apiCommand(plans, 'push')
    .description('create or update the plans’ products and prices in Stripe; pushing again changes nothing')
    .option('--dry-run', 'only show what would change')
    .addHelpText('after', examples('api-factory plans push --dry-run', 'api-factory plans push'))
    .action(async (options: PushPlansOptions) => (await import('./plans-push.ts')).pushPlans(options, terminal));
}

function addSet(plans: Command, terminal: Terminal): void {
  apiCommand(plans, 'set')
    .description('create a plan, or its next version; options that you leave out keep their value')
    .argument('<id>', 'id of the plan, for example pro')
    .option('--name <name>', 'name that buyers see')
    .option('--quota <units>', 'units per period, or unlimited', numberOr('unlimited', LARGEST_AMOUNT))
    .addOption(new Option('--period <period>', 'period of the quota (new plans: month)').choices(['month', 'day']))
    .option('--rate <calls>', 'calls per window, or unlimited', numberOr('unlimited', 1_000_000))
    .option('--window <seconds>', 'window of the rate limit (new plans: 60)', wholeNumber(1, 86_400))
    .option(
      '--price <amount>',
      'price in the currency’s smallest unit (cents for usd, yen for jpy), or none',
      numberOr('none', LARGEST_AMOUNT),
    )
    .option('--currency <code>', 'ISO 4217 code in lower case (new prices: usd)')
    .addOption(new Option('--interval <interval>', 'billing interval (new prices: month)').choices(['month', 'year']))
    .option('--apis <slugs>', 'included APIs, separated by commas, or all (new plans: all)', slugsOrAll)
    .addOption(
      new Option('--existing <what>', 'now: move existing entitlements to the new version; keep: leave them').choices(['now', 'keep']),
    )
    .addHelpText(
      'after',
      examples(
        'api-factory plans set team --name Team --quota 50000 --rate 1000 --price 4900',
        'api-factory plans set team --quota unlimited --existing keep',
        'api-factory plans set team --apis hello,weather',
        'api-factory plans set team --price none',
      ),
    )
    .action(async (id: string, options: SetPlanOptions) => (await import('./plans.ts')).setPlan(id, options, terminal));
}

/** The word stays a word here: Commander takes a parser's null for a missing value. */
const numberOr =
  <Word extends string>(word: Word, maximum: number): ((text: string) => number | Word) =>
  (text) =>
    text === word ? word : wholeNumber(0, maximum)(text);

function slugsOrAll(text: string): string[] | 'all' {
  if (text === 'all') return text;
  const slugs = text.split(',').map((slug) => slug.trim());
  if (slugs.every((slug) => slug !== '')) return slugs;
  throw new InvalidArgumentError('It must be slugs of APIs, separated by commas, or all.');
}
