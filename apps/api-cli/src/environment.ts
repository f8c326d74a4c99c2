import { isIP } from 'node:net';
import { type Static, Type } from 'typebox';

/** A whole number of `unit` from `minimum` to `maximum`. */
const count = (field: { default?: number; minimum: number; maximum: number; unit: string; file?: boolean; description: string }) => {
  const { unit, ...rest } = field;
  return Type.Integer({ ...rest, mayBe: `a whole number${unit === '' ? '' : ` of ${unit}`} from ${field.minimum} to ${field.maximum}` });
};

const perMinute = (byDefault: number, description: string) =>
  count({ default: byDefault, minimum: 1, maximum: 1_000_000, unit: 'calls', description });

/**
 * The environment variables with their defaults, descriptions and allowed values. `.env.example`
 * and docs/variables.md are generated from it. Values of `secret` variables are never shown. These,
 * and variables marked `file`, can also be read from a file (`NAME_FILE`).
 */
export const Environment = Type.Object({
  PORT: count({
    default: 8787,
    minimum: 0,
    maximum: 65_535,
    unit: '',
    description: 'TCP port to listen on. 0 uses any free port.',
  }),
  BIND_HOST: Type.String({
    default: '127.0.0.1',
    format: 'host',
    mayBe: 'an IP address of this machine, or a host name such as localhost',
    description: 'Address to listen on. The default is reachable from this machine only; 0.0.0.0 listens on every network interface.',
  }),
  API_FACTORY_DATA_DIR: Type.String({
    default: './data',
    mayBe: 'the path of a directory; relative paths are resolved against the working directory',
    description: 'Directory of the embedded database, the spool and the operator key file.',
  }),
  API_FACTORY_ADMIN_KEY: Type.Optional(
    Type.String({
      format: 'admin-key',
      secret: true,
      mayBe: 'a secret of 32 or more ASCII characters without spaces',
      description: 'Operator key. Unset: the first start generates one.',
    }),
  ),
  DATABASE_URL: Type.Optional(
    Type.String({
      format: 'postgres-url',
      secret: true,
      mayBe: 'a connection string that starts with postgres:// or postgresql://, with special characters of the password percent-encoded',
      description: 'Postgres 15 or newer. Unset: an embedded server starts in the data directory.',
    }),
  ),
  // Exact origins and no `*`: an API key in a page can be read by anyone who opens the page.
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
    description: 'Number of trusted reverse proxies that set X-Forwarded-For. 0: the header is ignored.',
  }),
  BILLING: Type.Optional(
    Type.Unsafe<'off' | 'sandbox' | 'stripe'>({
      type: 'string',
      enum: ['off', 'sandbox', 'stripe'],
      mayBe: 'off, sandbox or stripe',
      description:
        'Billing provider: stripe; sandbox, a local stand-in; or off. Unset: sandbox while only this machine can reach the product and no DATABASE_URL, PUBLIC_URL, TRUSTED_PROXY_HOPS or STRIPE_SECRET_KEY is set, otherwise off.',
    }),
  ),
  STRIPE_SECRET_KEY: Type.Optional(
    Type.String({
      format: 'stripe-key',
      secret: true,
      mayBe: 'a secret or restricted Stripe key: sk_test_…, sk_live_…, rk_test_… or rk_live_…, followed by 8 or more letters and digits',
      description: 'Secret key of the Stripe account. Its mode, test or live, is the billing mode.',
    }),
  ),
  STRIPE_WEBHOOK_SECRET: Type.Optional(
    Type.String({
      format: 'webhook-secrets',
      secret: true,
      mayBe: 'signing secrets that start with whsec_, followed by 8 or more characters, separated by commas',
      description: 'Signing secret of the webhook endpoint. List several while you rotate it.',
    }),
  ),
  STRIPE_API_BASE: Type.Optional(
    Type.String({
      format: 'origin',
      file: true,
      mayBe: 'an origin such as http://127.0.0.1:8790, without a path; never together with a live key',
      description: 'Origin to use instead of Stripe, for example a separate sandbox.',
    }),
  ),
  GRACE_DAYS: count({
    default: 7,
    minimum: 0,
    maximum: 90,
    unit: 'days',
    file: true,
    description: 'Grace period after a failed payment, before the key is suspended.',
  }),
  PORTAL_BY_KEY: Type.Unsafe<'on' | 'off'>({
    type: 'string',
    enum: ['on', 'off'],
    default: 'on',
    mayBe: 'on or off',
    description:
      'Whether an API key, together with the customer’s email address, opens Stripe’s customer portal. off: only the browser that made the purchase can.',
  }),
  METRICS_TOKEN: Type.Optional(
    Type.String({
      format: 'token',
      secret: true,
      mayBe: 'a secret of 16 or more ASCII characters without spaces',
      description: 'Bearer token for /_api/metrics. Unset: only this machine and the operator key have access.',
    }),
  ),
  LOG_LEVEL: Type.Unsafe<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'>({
    type: 'string',
    enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    mayBe: 'trace, debug, info, warn, error, fatal or silent',
    description: 'Minimum level of log lines.',
  }),
  METER_FSYNC_MS: count({
    default: 10,
    minimum: 0,
    maximum: 60_000,
    unit: 'milliseconds',
    description:
      'Longest time until usage is synced to the disk. A crash of the host can lose that much usage. 0: sync before every response.',
  }),
  SPOOL_KEEP_GB: Type.Optional(
    count({
      minimum: 0,
      maximum: 100_000,
      unit: 'gigabytes',
      description:
        'Maximum size of the spool: above it, files whose usage is in the database are deleted before they are 24 hours old. Unset: a tenth of the free space at startup, at least 0.25 and at most 64.',
    }),
  ),
  SPOOL_RESERVE_MB: Type.Optional(
    count({
      minimum: 0,
      maximum: 10_000_000,
      unit: 'megabytes',
      description:
        'Free space on the disk of the data directory below which guarded calls get 503, so that the embedded database does not run out. 0: no reserve. Unset: 512, or 5 % of a disk below 10 GB.',
    }),
  ),
  USAGE_RETENTION_DAYS: count({
    default: 30,
    minimum: 1,
    maximum: 3650,
    unit: 'days',
    description: 'How long usage events are kept. Totals per day are kept forever.',
  }),
  PUBLIC_URL: Type.Optional(
    Type.String({
      format: 'origin',
      mayBe: 'an origin such as https://api.example.com, without a path',
      description: 'Public origin of this installation.',
    }),
  ),
  SNAPSHOT_MAX_AGE_SECONDS: count({
    default: 30,
    minimum: 1,
    maximum: 86_400,
    unit: 'seconds',
    description: 'How long guarded calls are accepted while the database can’t confirm the keys.',
  }),
  OVERLOAD_DELAY_MS: count({
    default: 1_000,
    minimum: 10,
    maximum: 60_000,
    unit: 'milliseconds',
    description: 'Event loop delay above which guarded calls get 503.',
  }),
  FAILED_CREDENTIALS_PER_MINUTE: perMinute(20, 'Wrong credentials that one address may send in a minute.'),
  HELLO_CALLS_PER_MINUTE: perMinute(60, 'Calls of the hello pack that one address may make in a minute.'),
  DOCUMENT_CALLS_PER_MINUTE: perMinute(
    1_200,
    'Pages and documents without a credential, the console’s files included, that one address may fetch in a minute.',
  ),
  ADMIN_CALLS_PER_MINUTE: perMinute(600, 'Operator calls that one key, and one address, may make in a minute.'),
});
export type Environment = Static<typeof Environment>;

export type VariableName = keyof Environment;

/** The metadata in a variable's schema. */
export interface Variable {
  description: string;
  /** Completes "must be …". */
  mayBe: string;
  default?: string | number;
  secret?: boolean;
  file?: boolean;
}

/** Whether NAME_FILE is supported. */
export const comesFromFile = ({ secret, file }: Variable): boolean => secret === true || file === true;

export const VARIABLES = Environment.properties as unknown as Record<VariableName, Variable>;
export const NAMES = Object.keys(VARIABLES) as VariableName[];

/** Validators of the schema's `format` values. */
export const FORMATS: Record<string, (text: string) => boolean> = {
  host: (text) => isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(text),
  'admin-key': (text) => /^[!-~]{32,}$/.test(text),
  token: (text) => /^[!-~]{16,}$/.test(text),
  'postgres-url': (text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text),
  'stripe-key': (text) => /^[sr]k_(test|live)_\w{8,}$/.test(text),
  'webhook-secrets': (text) => splitList(text).length > 0 && splitList(text).every((secret) => /^whsec_[\w+/=-]{8,}$/.test(secret)),
  origin: (text) => toOrigin(text) !== null,
  origins: (text) => splitList(text).every((origin) => toOrigin(origin) !== null),
};

/** The trimmed, non-empty items of a comma-separated value. */
export const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);

/**
 * The origin as browsers serialize it, or null when the text is not exactly an origin. A single
 * trailing slash is accepted.
 */
export function toOrigin(text: string): string | null {
  const url = parseUrl(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return null;
  return url.href === `${url.origin}/` && !/[?#]$/.test(text) ? url.origin : null;
}
