import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { envSchema } from 'env-schema';
import { billingOf, wrongBilling } from './billing/billing-config.ts';
import { comesFromFile, Environment, FORMATS, NAMES, splitList, toOrigin, VARIABLES, type VariableName } from './environment.ts';

/** Everything that the start can be told. Absent secrets are null; `dataDir` is absolute. */
export type Config = ReturnType<typeof toConfig>;

/** One wrong value: `was` never holds a secret. */
export interface WrongValue {
  name: string;
  was: string;
  mayBe: string;
}

/** Every wrong value of the environment at once. */
export class ConfigError extends Error {
  readonly wrong: WrongValue[];

  constructor(wrong: WrongValue[]) {
    const lines = wrong.map(({ name, was, mayBe }) => `  ${name} was ${was}; it must be ${mayBe}.`);
    super(`The environment has ${wrong.length === 1 ? 'a wrong value' : `${wrong.length} wrong values`}:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.wrong = wrong;
  }
}

/**
 * Reads the configuration. An empty value counts as absent, except for a secret: an empty secret
 * mostly means that a variable elsewhere was missing, and a start without it would not be what was
 * meant.
 * @throws ConfigError that names all wrong values
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

/** The data directory alone, for a client that reads no other setting. */
export const dataDirectory = (env: NodeJS.ProcessEnv): string =>
  resolve(workingDirectory(env), env.API_FACTORY_DATA_DIR || String(VARIABLES.API_FACTORY_DATA_DIR.default));

/**
 * Where the command was typed: npm and pnpm change the directory before they run a script, and say
 * here from where.
 */
const workingDirectory = (env: NodeJS.ProcessEnv): string => env.INIT_CWD || process.cwd();

/**
 * The value of NAME, or what the file that NAME_FILE points to holds, without the line break at its
 * end.
 */
function readFromFile(name: VariableName, env: NodeJS.ProcessEnv, wrong: WrongValue[]): string | undefined {
  const path = env[`${name}_FILE`];
  if (path === undefined || path === '') return env[name];
  if (env[name] !== undefined) {
    wrong.push({ name: `${name}_FILE`, was: `given together with ${name}`, mayBe: 'absent, or the only one of the two' });
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

/** null after adding to `wrong`. All findings are of one variable each. */
function validate(data: Partial<Record<VariableName, string>>, wrong: WrongValue[]): Environment | null {
  try {
    return envSchema<Environment>({ schema: Environment, data, env: false, ajv: { customOptions: addWords } });
  } catch (error) {
    const findings = (error as { errors?: { instancePath: string }[] }).errors;
    if (findings === undefined) throw error;
    const found = new Set(findings.map(({ instancePath }) => instancePath.slice(1) as VariableName));
    for (const name of found) wrong.push({ name, was: shown(name, data[name] ?? ''), mayBe: VARIABLES[name].mayBe });
    return null;
  }
}

/**
 * What is left without the malformed values, so that what does not fit together is told in the same
 * refusal.
 */
function withoutWrong(data: Partial<Record<VariableName, string>>, wrong: WrongValue[]): Environment {
  const rest = Object.fromEntries(Object.entries(data).filter(([name]) => !isNamed(wrong, name)));
  const environment = validate(rest, []);
  if (environment === null) throw new Error('A default of the environment does not fit its own schema.');
  return environment;
}

const isNamed = (wrong: WrongValue[], name: string): boolean => wrong.some((one) => one.name === name || one.name === `${name}_FILE`);

function shown(name: VariableName, text: string): string {
  if (!VARIABLES[name].secret) return JSON.stringify(text);
  return text === '' ? 'empty' : `a value of ${text.length} characters that is not shown`;
}

type Customize = Extract<NonNullable<Parameters<typeof envSchema>[0]>['ajv'], { customOptions: unknown }>['customOptions'];

const addWords: Customize = (ajv) => {
  for (const [name, validateText] of Object.entries(FORMATS)) ajv.addFormat(name, validateText);
  ajv.addVocabulary(['mayBe', 'secret', 'file']);
  return ajv;
};

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
