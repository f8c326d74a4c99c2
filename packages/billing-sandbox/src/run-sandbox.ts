import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Sandbox, startSandbox } from './index.ts';
import { HELP, startText } from './start-text.ts';
import type { State } from './state.ts';

const DEFAULT_PORT = 8790;
const DEFAULT_DIRECTORY = './data/billing-sandbox';

export type Run = {
  args: string[];
  /** Relative directories are resolved against it. */
  cwd: string;
  say: (text: string) => void;
};

/**
 * Starts the sandbox on its own from command line arguments. Returns null for --help; throws an
 * Error for invalid arguments.
 */
export async function runSandbox({ args, cwd, say }: Run): Promise<Sandbox | null> {
  const options = read(args);
  if (options === null) {
    say(HELP);
    return null;
  }
  const directory = resolve(cwd, options.directory);
  const sandbox = await startSandbox({
    clock: { now: () => Date.now() },
    randomBytes: (n) => new Uint8Array(randomBytes(n)),
    directory,
    port: options.port,
  });
  if (options.webhook !== null) sandbox.deliverTo(options.webhook);
  say(
    startText({
      url: sandbox.url,
      secretsFile: join(directory, 'secrets.json'),
      secretKeyFile: await writeSecret(directory, 'stripe-secret-key', sandbox.secretKey),
      webhookSecretFile: await writeSecret(directory, 'stripe-webhook-secret', sandbox.webhookSecret),
      webhook: options.webhook ?? keptWebhook(sandbox),
    }),
  );
  return sandbox;
}

/** The webhook URL of an earlier start, from the state. */
function keptWebhook({ controls }: Sandbox): string | null {
  const { webhookEndpoints } = controls.dump() as Pick<State, 'webhookEndpoints'>;
  const urls = Object.values(webhookEndpoints).map(({ url }) => url);
  return urls.length === 0 ? null : `${urls.join(', ')} (from the last start)`;
}

type Options = { port: number; directory: string; webhook: string | null };

function read(args: string[]): Options | null {
  const { values } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : args,
    options: { port: { type: 'string' }, dir: { type: 'string' }, webhook: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return null;
  const port = Number(values.port ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port must be a number from 0 to 65535, not ${values.port}.`);
  const webhook = values.webhook ?? null;
  if (webhook !== null && !/^https?:\/\//.test(webhook))
    throw new Error(`--webhook must be a URL that starts with http:// or https://, not ${webhook}.`);
  return { port, directory: values.dir ?? DEFAULT_DIRECTORY, webhook };
}

/** Writes a secret to a file of mode 0600, for the `…_FILE` variables. Returns its path. */
async function writeSecret(directory: string, name: string, secret: string): Promise<string> {
  const path = join(directory, name);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(path, `${secret}\n`, { mode: 0o600 });
  // The mode above applies only to a new file.
  await chmod(path, 0o600);
  return path;
}
