import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { billingOf, wrongBilling } from './billing/billing-config.ts';
import { comesFromFile, Environment, FORMATS, NAMES, splitList, toOrigin, VARIABLES, type VariableName } from './environment.ts';

/** The complete configuration. Absent secrets are null; `dataDir` is absolute. */
export type Config = ReturnType<typeof toConfig>;

/** One invalid value. `was` never contains a secret. */
export interface WrongValue {
  name: string;
  was: string;
  mayBe: string;
}

/** Lists every invalid value of the environment. */
export class ConfigError extends Error {
  readonly wrong: WrongValue[];

  constructor(wrong: WrongValue[]) {
    const lines = wrong.map(({ name, was, mayBe }) => `  ${name} was ${was}; it must be ${mayBe}.`);
    super(`The environment has ${wrong.length === 1 ? 'an invalid value' : `${wrong.length} invalid values`}:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.wrong = wrong;
  }
}

/**
 * Reads the configuration. An empty value counts as absent, except for a secret: an empty secret
 * usually means that a variable was missing elsewhere, and starting without the secret would not be
 * what was intended.
 * @throws ConfigError that lists all invalid values
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const wrong: WrongValue[] = [];
  const data: Partial<Record<VariableName, string>> = {};
  for (const name of NAMES) {
    const text = comesFromFile(VARIABLES[name]) ? readFromFile(name, env, wrong) : env[name];
    if (text !== undefined && (text !== '' || VARIABLES[name].secret)) data[name] = text;
  }
  const environment = validate(data, wrong) ?? withoutWrong(data, wrong);
  wrong.push(...wrongBilling(environment).filter(({ name }) => !isNamed(wrong, name)));
  if (wrong.length > 0) throw new ConfigError(wrong);
  return toConfig(environment, workingDirectory(env));
}

/** Only the data directory, for clients that need no other setting. */
export const dataDirectory = (env: NodeJS.ProcessEnv): string =>
  resolve(workingDirectory(env), env.API_FACTORY_DATA_DIR || String(VARIABLES.API_FACTORY_DATA_DIR.default));

/**
 * The directory in which the user ran the command. npm and pnpm change the working directory before
 * they run a script, and pass the original one in INIT_CWD.
 */
const workingDirectory = (env: NodeJS.ProcessEnv): string => env.INIT_CWD || process.cwd();

/**
 * The value of NAME, or the contents of the file at NAME_FILE, without its trailing line break.
 */
function readFromFile(name: VariableName, env: NodeJS.ProcessEnv, wrong: WrongValue[]): string | undefined {
  const path = env[`${name}_FILE`];
  if (path === undefined || path === '') return env[name];
  if (env[name] !== undefined) {
    wrong.push({ name: `${name}_FILE`, was: `set together with ${name}`, mayBe: 'absent, or the only one of the two' });
    return undefined;
  }
  try {
    return readFileSync(resolve(workingDirectory(env), path), 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'an error';
    wrong.push({
      name: `${name}_FILE`,
      was: `${JSON.stringify(path)}, which can’t be read (${reason})`,
      mayBe: 'the path of a readable file',
    });
    return undefined;
  }
}

/** Returns null after adding errors to `wrong`. Each error is about a single variable. */
function validate(data: Partial<Record<VariableName, string>>, wrong: WrongValue[]): Environment | null {
  const environment: unknown = { ...data };
  // Not checked against the meta-schema: compiling that takes longer than the rest of the start.
  const ajv = new Ajv({
    allErrors: true,
    removeAdditional: 'all',
    useDefaults: true,
    coerceTypes: true,
    meta: false,
    validateSchema: false,
  });
  for (const [name, validateText] of Object.entries(FORMATS)) ajv.addFormat(name, validateText);
  ajv.addVocabulary(['mayBe', 'secret', 'file']);
  if (ajv.validate<Environment>(Environment, environment)) return environment;
  const found = new Set((ajv.errors ?? []).map(({ instancePath }) => instancePath.slice(1) as VariableName));
  for (const name of found) wrong.push({ name, was: shown(name, data[name] ?? ''), mayBe: VARIABLES[name].mayBe });
  return null;
}

/**
 * Drops the malformed values, so that values that conflict with each other can be reported in the
 * same error.
 */
function withoutWrong(data: Partial<Record<VariableName, string>>, wrong: WrongValue[]): Environment {
  const rest = Object.fromEntries(Object.entries(data).filter(([name]) => !isNamed(wrong, name)));
  const environment = validate(rest, []);
  if (environment === null) throw new Error('A default of the environment does not match its schema.');
  return environment;
}

const isNamed = (wrong: WrongValue[], name: string): boolean => wrong.some((one) => one.name === name || one.name === `${name}_FILE`);

function shown(name: VariableName, text: string): string {
  if (!VARIABLES[name].secret) return JSON.stringify(text);
  return text === '' ? 'empty' : `a value of ${text.length} characters that is not shown`;
}

const toConfig = (env: Environment, directory: string) => ({
  port: env.PORT,
  bindHost: env.BIND_HOST,
  dataDir: resolve(directory, env.API_FACTORY_DATA_DIR),
  adminKey: env.API_FACTORY_ADMIN_KEY ?? null,
  databaseUrl: env.DATABASE_URL ?? null,
  corsOrigins: splitList(env.CORS_ORIGINS).map((origin) => toOrigin(origin) ?? origin),
  trustedProxyHops: env.TRUSTED_PROXY_HOPS,
  metricsToken: env.METRICS_TOKEN ?? null,
  logLevel: env.LOG_LEVEL,
  meterFsyncMs: env.METER_FSYNC_MS,
  spoolDisk: { keepGb: env.SPOOL_KEEP_GB ?? null, reserveMb: env.SPOOL_RESERVE_MB ?? null },
  usageRetentionDays: env.USAGE_RETENTION_DAYS,
  publicUrl: env.PUBLIC_URL === undefined ? null : toOrigin(env.PUBLIC_URL),
  snapshotMaxAgeSeconds: env.SNAPSHOT_MAX_AGE_SECONDS,
  overloadDelayMs: env.OVERLOAD_DELAY_MS,
  failedCredentialsPerMinute: env.FAILED_CREDENTIALS_PER_MINUTE,
  helloCallsPerMinute: env.HELLO_CALLS_PER_MINUTE,
  documentCallsPerMinute: env.DOCUMENT_CALLS_PER_MINUTE,
  adminCallsPerMinute: env.ADMIN_CALLS_PER_MINUTE,
  billing: billingOf(env),
  graceDays: env.GRACE_DAYS,
  portalByKey: env.PORTAL_BY_KEY === 'on',
});
