import { Command } from 'commander';
import { examples } from './api-command.ts';
import { addAudit } from './audit-program.ts';
import { addBilling } from './billing-program.ts';
import { addConsumers } from './consumers-program.ts';
import { addKeys } from './keys-program.ts';
import { addOperatorKeys } from './operator-keys-program.ts';
import { addPlans } from './plans-program.ts';
import type { Terminal } from './terminal.ts';
import { addUsage } from './usage-program.ts';

/**
 * The `api-factory` command. Each command's code is imported when it runs, so that `serve` and
 * `--help` start fast.
 */
export function program(terminal: Terminal): Command {
  const root = new Command('api-factory')
    .description('Turns an API into a paid product: keys, plans, limits, metering, billing.')
    .version(terminal.version, '-V, --version')
    .helpCommand(false)
    // Otherwise an option of both `usage` and `usage events` would always be parsed by `usage`.
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for usage)')
    .addHelpText('after', '\nWithout a command, it runs serve.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.say(text.trimEnd()),
    });
  addServe(root, terminal);
  addKeys(root, terminal);
  addConsumers(root, terminal);
  addPlans(root, terminal);
  addUsage(root, terminal);
  addBilling(root, terminal);
  addAudit(root, terminal);
  addOperatorKeys(root, terminal);
  addDoctor(root, terminal);
  addOpenapi(root, terminal);
  return root;
}

/**
 * The arguments, or `serve` if there are none: `npx api-factory` starts the product. Commander's
 * default command would treat every mistyped command as an argument of `serve`.
 */
export const commandLine = (args: readonly string[]): readonly string[] => (args.length === 0 ? ['serve'] : args);

function addServe(root: Command, { env }: Terminal): void {
  root
    .command('serve')
    .description('run the gateway and the operator API, with an embedded Postgres unless DATABASE_URL is set')
    .addHelpText('after', examples('api-factory serve', 'PORT=9000 API_FACTORY_DATA_DIR=/srv/af api-factory serve'))
    .action(async () => {
      const [{ loadConfig }, { serve }] = await Promise.all([import('../config.ts'), import('../start/serve.ts')]);
      // Resolves once the product listens; the process then runs until it is stopped.
      await serve(loadConfig(env));
    });
}

function addDoctor(root: Command, terminal: Terminal): void {
  root
    .command('doctor')
    .description('check configuration, Node, data directory, database, ledger, clock, spool and port, and say how to fix problems')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nRun it on the product’s machine, with the product’s environment: it checks API_FACTORY_DATA_DIR, DATABASE_URL and PORT there.\n' +
        'Of the product at API_FACTORY_URL it checks only that it answers. It changes nothing.',
    )
    .action(async (options: { json?: boolean }) => (await import('./doctor.ts')).doctorCommand(options, terminal));
}

function addOpenapi(root: Command, terminal: Terminal): void {
  root
    .command('openapi')
    .description('print the OpenAPI 3.1 document of this version')
    .option('--out <file>', 'write it to this file instead')
    .option('--json', 'JSON instead of YAML')
    .action(async (options: { out?: string; json?: boolean }) => (await import('./openapi.ts')).openapiCommand(options, terminal));
}
