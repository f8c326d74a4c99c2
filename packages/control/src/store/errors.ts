import { ProblemError } from '@api-factory/core';

/**
 * An error of the driver: a system error (`ECONNREFUSED`), an error of the server (a SQLSTATE), or
 * a message without a code.
 */
interface DriverError {
  code?: unknown;
  message?: unknown;
}

const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/**
 * 08 connection, 57P0x shutting down or starting, 53300 too many connections, 25006 a server that
 * became a read-only standby, 57014 statement timeout, 25P03 idle-in-transaction timeout.
 */
const SQLSTATES = /^(08...|57P0[1-3]|53300|25006|57014|25P03)$/;

/** Messages of `pg` and `pg-pool` without a code. */
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|Query read timeout|Cannot use a pool after calling end)/;

/** 40001 serialization, 40P01 deadlock, 55P03 lock timeout. */
const CONFLICTS = new Set(['40001', '40P01', '55P03']);

/** 57014 and 25P03 concern one statement or transaction; the database did answer. */
const OF_ONE_REQUEST = /^(57014|25P03)$/;

/**
 * Whether the database was unavailable, so that a retry may succeed a moment later. Also checks one
 * `cause`.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  return isUnavailability(error) || (error instanceof Error && isUnavailability(error.cause));
}

/**
 * Whether the database can't be reached at all, so that other requests will fail too. A statement
 * timeout does not count: it may have waited for a locked row. Also checks one `cause`.
 */
export function isDatabaseAway(error: unknown): boolean {
  const cause = isUnavailability(error) || !(error instanceof Error) ? error : error.cause;
  if (!isUnavailability(cause)) return false;
  const { code } = cause as DriverError;
  return typeof code !== 'string' || !OF_ONE_REQUEST.test(code);
}

function isUnavailability(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as DriverError;
  if (typeof code === 'string') return SYSTEM_CODES.has(code) || SQLSTATES.test(code);
  return typeof message === 'string' && MESSAGES.test(message);
}

/**
 * The error shown to a client for a database failure; null for every other error, which is then a
 * fault. Contains nothing of the statement or its values.
 */
export function translateDatabaseError(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return null;
  if (isDatabaseUnavailable(error)) return new ProblemError('DATABASE_UNAVAILABLE', { retryAfterSeconds: 1 });
  const code = typeof error === 'object' && error !== null ? (error as DriverError).code : undefined;
  if (typeof code !== 'string' || !CONFLICTS.has(code)) return null;
  return new ProblemError('CONFLICT', {
    detail: 'Another change to the same object is in progress. Retry the request.',
    retryAfterSeconds: 1,
  });
}

/**
 * Why a start can't use `DATABASE_URL`, and what to do, in one sentence. Never contains the
 * password.
 */
export function explainConnectionFailure(error: unknown, url: string): string {
  const target = parseTarget(url);
  if (!target) return 'DATABASE_URL is not a connection string; use the form postgres://user:password@host:5432/database';
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as DriverError;
  const reason = typeof code === 'string' ? REASONS[code]?.(target) : undefined;
  if (reason) return `DATABASE_URL: ${reason}`;
  const text = withoutSecret(typeof message === 'string' ? message : String(error), target.secrets);
  if (/timeout/i.test(text)) return `DATABASE_URL: ${target.address} did not respond in time; check the host, the port and the firewall`;
  if (/unsupported startup parameter/.test(text))
    return `DATABASE_URL: ${target.address} is a pooler that refuses “options”; remove them from the connection string`;
  if (/does not support SSL/.test(text))
    return `DATABASE_URL: ${target.address} does not support TLS; set sslmode=disable if you control the network in between`;
  if (/password must be a/.test(text))
    return `DATABASE_URL: ${target.address} requires a password for user ${target.user}; add it to the connection string`;
  return `DATABASE_URL: ${target.address} can’t be used: ${text}`;
}

interface Target {
  address: string;
  host: string;
  user: string;
  database: string;
  secrets: string[];
}

const REASONS: Record<string, (target: Target) => string> = {
  ECONNREFUSED: ({ address }) => `nothing listens on ${address}; start the server, or check host and port`,
  ENOTFOUND: ({ host }) => `host ${host} was not found; check the name`,
  EAI_AGAIN: ({ host }) => `host ${host} can’t be looked up now; check the network and the name`,
  ETIMEDOUT: ({ address }) => `${address} did not respond in time; check the host, the port and the firewall`,
  EHOSTUNREACH: ({ address }) => `${address} is unreachable; check the network`,
  ENETUNREACH: ({ address }) => `${address} is unreachable; check the network`,
  ECONNRESET: ({ address }) => `${address} closed the connection; check that it is a Postgres server and whether it requires TLS (sslmode)`,
  '28P01': ({ address, user }) => `${address} does not accept the password of user ${user}; correct it (percent-encode special characters)`,
  '28000': ({ address, user }) => `${address} rejects user ${user}; check the user and the server’s pg_hba.conf`,
  '3D000': ({ address, database }) => `database ${database} does not exist on ${address}; create it, or correct the name`,
  '42501': ({ user, database }) =>
    `user ${user} may not create the schema api_factory in database ${database}; grant it CREATE on the database`,
  '53300': ({ address }) => `${address} has no free connections; raise its limit, or close others`,
  '57P03': ({ address }) => `${address} is starting or stopping; try again in a moment`,
};

function parseTarget(url: string): Target | null {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) return null;
  const parsed = new URL(url);
  const user = decode(parsed.username) || '(none)';
  const host = parsed.hostname || 'localhost';
  return {
    address: `${host}:${parsed.port || '5432'}`,
    host,
    user,
    database: decode(parsed.pathname.slice(1)) || user,
    secrets: [parsed.password, decode(parsed.password), decode(parsed.searchParams.get('password') ?? '')].filter(
      (secret) => secret !== '',
    ),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const withoutSecret = (text: string, secrets: string[]): string => secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), text);
