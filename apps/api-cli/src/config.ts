import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { envSchema } from 'env-schema';
import { type Static, Type } from 'typebox';

/** Whole number of `unit` from `minimum` to `maximum`. */
const count = (field: { default: number; minimum: number; maximum: number; unit: string; description: string }) => {
  const { unit, ...rest } = field;
  return Type.Integer({ ...rest, mayBe: `a whole number${unit === '' ? '' : ` of ${unit}`} from ${field.minimum} to ${field.maximum}` });
};

const perMinute = (byDefault: number, description: string) =>
  count({ default: byDefault, minimum: 1, maximum: 1_000_000, unit: 'calls', description });

/**
 * The environment: the one place that names a variable, its default, what it does and what it may be. `.env.example`
 * and the table in README.md are made from it. `secret` values can also come from a file (`NAME_FILE`) and are never shown.
 */
export const Environment = Type.Object({
  PORT: count({
    default: 8787,
    minimum: 0,
    maximum: 65_535,
    unit: '',
    description: 'TCP port to listen on; 0 takes any free one.',
  }),
  BIND_HOST: Type.String({
    default: '127.0.0.1',
    format: 'host',
    mayBe: 'an IP address of this machine, or a host name such as localhost',
    description: 'Address to listen on. The default is reachable from this machine alone; 0.0.0.0 opens every network interface.',
  }),
  API_FACTORY_DATA_DIR: Type.String({
    default: './data',
    mayBe: 'the path of a directory; a relative one starts where the command was typed',
    description: 'Directory of the embedded database, the spool and the operator key file.',
  }),
  API_FACTORY_ADMIN_KEY: Type.Optional(
    Type.String({
      format: 'admin-key',
      secret: true,
      mayBe: 'a secret of 32 or more ASCII characters without spaces',
      description: 'Operator key. Unset: one is made at the first start.',
    }),
  ),
  DATABASE_URL: Type.Optional(
    Type.String({
      format: 'postgres-url',
      secret: true,
      mayBe: 'a connection string that begins with postgres:// or postgresql://, special characters of the password percent-encoded',
      description: 'Postgres 15 or newer. Unset: an embedded server starts in the data directory.',
    }),
  ),
  CORS_ORIGINS: Type.String({
    default: '',
    format: 'origins',
    mayBe: 'origins such as https://app.example.com, separated by commas; each exact, without a path and without *',
    description: 'Web origins whose pages may call the APIs. Unset: none.',
  }),
  TRUSTED_PROXY_HOPS: count({
    default: 0,
    minimum: 0,
    maximum: 10,
    unit: 'proxies',
    description: 'How many proxies stand in front and set X-Forwarded-For. 0: the header is ignored.',
  }),
  METRICS_TOKEN: Type.Optional(
    Type.String({
      format: 'token',
      secret: true,
      mayBe: 'a secret of 16 or more ASCII characters without spaces',
      description: 'Bearer token for /_api/metrics. Unset: open to this machine alone, and to the operator key.',
    }),
  ),
  LOG_LEVEL: Type.Unsafe<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'>({
    type: 'string',
    enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    mayBe: 'trace, debug, info, warn, error, fatal or silent',
    description: 'Least severe log line that is written.',
  }),
  METER_FSYNC_MS: count({
    default: 10,
    minimum: 0,
    maximum: 60_000,
    unit: 'milliseconds',
    description: 'Longest time until usage is forced to the disk; a crash of the host can lose that much. 0: before every answer.',
  }),
  USAGE_RETENTION_DAYS: count({
    default: 30,
    minimum: 1,
    maximum: 3650,
    unit: 'days',
    description: 'How long single usage events are kept. Sums by day stay.',
  }),
  PUBLIC_URL: Type.Optional(
    Type.String({
      format: 'origin',
      mayBe: 'an origin such as https://api.example.com, without a path',
      description: 'Origin under which others reach this installation.',
    }),
  ),
  SNAPSHOT_MAX_AGE_SECONDS: count({
    default: 30,
    minimum: 1,
    maximum: 86_400,
    unit: 'seconds',
    description: 'How long guarded calls are served while the keys can’t be confirmed with the database.',
  }),
  FAILED_CREDENTIALS_PER_MINUTE: perMinute(20, 'Wrong credentials that one address may send in a minute.'),
  HELLO_CALLS_PER_MINUTE: perMinute(60, 'Calls of the hello pack that one address may make in a minute.'),
  ADMIN_CALLS_PER_MINUTE: perMinute(600, 'Operator calls that one key, and one address, may make in a minute.'),
});
type Environment = Static<typeof Environment>;

export type VariableName = keyof Environment;

/** What a variable's schema says beyond its type. */
export interface Variable {
  description: string;
  /** Completes "must be …". */
  mayBe: string;
  default?: string | number;
  secret?: boolean;
}

export const VARIABLES = Environment.properties as unknown as Record<VariableName, Variable>;
const NAMES = Object.keys(VARIABLES) as VariableName[];

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
 * Reads the configuration. An empty value counts as absent, except for a secret: an empty secret mostly means that
 * a variable elsewhere was missing, and a start without it would not be what was meant.
 * @throws ConfigError that names all wrong values
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const wrong: WrongValue[] = [];
  const data: Partial<Record<VariableName, string>> = {};
  for (const name of NAMES) {
    const text = VARIABLES[name].secret ? readSecret(name, env, wrong) : env[name];
    if (text !== undefined && (text !== '' || VARIABLES[name].secret)) data[name] = text;
  }
  const environment = validate(data, wrong);
  if (environment === null || wrong.length > 0) throw new ConfigError(wrong);
  return toConfig(environment, workingDirectory(env));
}

/** The data directory alone, for a client that reads no other setting. */
export const dataDirectory = (env: NodeJS.ProcessEnv): string =>
  resolve(workingDirectory(env), env.API_FACTORY_DATA_DIR || String(VARIABLES.API_FACTORY_DATA_DIR.default));

/** Where the command was typed: npm and pnpm change the directory before they run a script, and say here from where. */
const workingDirectory = (env: NodeJS.ProcessEnv): string => env.INIT_CWD || process.cwd();

/** The value of NAME, or what the file that NAME_FILE points to holds, without the line break at its end. */
function readSecret(name: VariableName, env: NodeJS.ProcessEnv, wrong: WrongValue[]): string | undefined {
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

function shown(name: VariableName, text: string): string {
  if (!VARIABLES[name].secret) return JSON.stringify(text);
  return text === '' ? 'empty' : `a value of ${text.length} characters that is not shown`;
}

const FORMATS: Record<string, (text: string) => boolean> = {
  host: (text) => isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(text),
  'admin-key': (text) => /^[!-~]{32,}$/.test(text),
  token: (text) => /^[!-~]{16,}$/.test(text),
  'postgres-url': (text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text),
  origin: (text) => toOrigin(text) !== null,
  origins: (text) => splitOrigins(text).every((origin) => toOrigin(origin) !== null),
};

type Customize = Extract<NonNullable<Parameters<typeof envSchema>[0]>['ajv'], { customOptions: unknown }>['customOptions'];

const addWords: Customize = (ajv) => {
  for (const [name, validateText] of Object.entries(FORMATS)) ajv.addFormat(name, validateText);
  ajv.addVocabulary(['mayBe', 'secret']);
  return ajv;
};

const splitOrigins = (text: string): string[] =>
  text
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');

const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);

/** The origin as a browser writes it, or null when the text is more or less than one (a single slash at its end is let through). */
function toOrigin(text: string): string | null {
  const url = parseUrl(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return null;
  return url.href === `${url.origin}/` && !/[?#]$/.test(text) ? url.origin : null;
}

const toConfig = (env: Environment, directory: string) => ({
  port: env.PORT,
  bindHost: env.BIND_HOST,
  dataDir: resolve(directory, env.API_FACTORY_DATA_DIR),
  adminKey: env.API_FACTORY_ADMIN_KEY ?? null,
  databaseUrl: env.DATABASE_URL ?? null,
  corsOrigins: splitOrigins(env.CORS_ORIGINS).map((origin) => toOrigin(origin) ?? origin),
  trustedProxyHops: env.TRUSTED_PROXY_HOPS,
  metricsToken: env.METRICS_TOKEN ?? null,
  logLevel: env.LOG_LEVEL,
  meterFsyncMs: env.METER_FSYNC_MS,
  usageRetentionDays: env.USAGE_RETENTION_DAYS,
  publicUrl: env.PUBLIC_URL === undefined ? null : toOrigin(env.PUBLIC_URL),
  snapshotMaxAgeSeconds: env.SNAPSHOT_MAX_AGE_SECONDS,
  failedCredentialsPerMinute: env.FAILED_CREDENTIALS_PER_MINUTE,
  helloCallsPerMinute: env.HELLO_CALLS_PER_MINUTE,
  adminCallsPerMinute: env.ADMIN_CALLS_PER_MINUTE,
});
