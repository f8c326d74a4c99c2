import { ProblemError } from '@api-factory/core';

/** What the driver throws: a system error (`ECONNREFUSED`), the server's refusal (a SQLSTATE), or a message without a code. */
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
 * 08 connection, 57P0x shut down or starting, 53300 too many connections, 25006 a server that became a read-only standby, 57014 a statement
 * over its time, 25P03 a transaction whose client was silent.
 */
const SQLSTATES = /^(08...|57P0[1-3]|53300|25006|57014|25P03)$/;

/** The messages of `pg` and `pg-pool` that carry no code. */
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|Query read timeout|Cannot use a pool after calling end)/;

/** 40001 serialisation, 40P01 deadlock, 55P03 a lock that was not to be had in time. */
const CONFLICTS = new Set(['40001', '40P01', '55P03']);

/** 57014 and 25P03: the database answered, about one statement or one transaction. */
const OF_ONE_REQUEST = /^(57014|25P03)$/;

/** Whether the database could not be asked, so that the same request may succeed a moment later. Looks behind one `cause`. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return isUnavailability(error) || (error instanceof Error && isUnavailability(error.cause));
}

/**
 * Whether the database can't be reached at all, so that other requests will fail too. A statement over its time says nothing of the
 * others: it may have waited for a row that somebody holds. Looks behind one `cause`.
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
 * The refusal that a caller sees for a failure of the database; null for every other error, which is then a fault. Nothing of the
 * statement or of its values is in it.
 */
export function translateDatabaseError(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return null;
  if (isDatabaseUnavailable(error)) return new ProblemError('DATABASE_UNAVAILABLE', { retryAfterSeconds: 1 });
  const code = typeof error === 'object' && error !== null ? (error as DriverError).code : undefined;
  if (typeof code !== 'string' || !CONFLICTS.has(code)) return null;
  return new ProblemError('CONFLICT', {
    detail: 'Another change to the same object is under way. Repeat the request.',
    retryAfterSeconds: 1,
  });
}

/** Why a start can't use `DATABASE_URL`, and what to do, in one sentence. The password is never in it. */
export function explainConnectionFailure(error: unknown, url: string): string {
  const target = parseTarget(url);
  if (!target) return 'DATABASE_URL is not a connection string; write postgres://user:password@host:5432/database';
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as DriverError;
  const reason = typeof code === 'string' ? REASONS[code]?.(target) : undefined;
  if (reason) return `DATABASE_URL: ${reason}`;
  const words = withoutSecret(typeof message === 'string' ? message : String(error), target.secrets);
  if (/timeout/i.test(words)) return `DATABASE_URL: ${target.address} does not answer in time; check the host, the port and the firewall`;
  if (/unsupported startup parameter/.test(words))
    return `DATABASE_URL: ${target.address} is a pooler that refuses “options”; leave them out of it`;
  if (/does not support SSL/.test(words))
    return `DATABASE_URL: ${target.address} does not speak TLS; write sslmode=disable if the network in between is yours`;
  if (/password must be a/.test(words))
    return `DATABASE_URL: ${target.address} wants a password for user ${target.user}, and there is none in it`;
  return `DATABASE_URL: ${target.address} can’t be used: ${words}`;
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
  ENOTFOUND: ({ host }) => `there is no host ${host}; check its name`,
  EAI_AGAIN: ({ host }) => `the name ${host} can’t be looked up now; check the network and the name`,
  ETIMEDOUT: ({ address }) => `${address} does not answer in time; check the host, the port and the firewall`,
  EHOSTUNREACH: ({ address }) => `there is no way to ${address}; check the network`,
  ENETUNREACH: ({ address }) => `there is no way to ${address}; check the network`,
  ECONNRESET: ({ address }) =>
    `${address} closed the connection; check that a Postgres server listens there and whether it wants TLS (sslmode)`,
  '28P01': ({ address, user }) => `${address} does not accept the password of user ${user}; correct it (percent-encode special characters)`,
  '28000': ({ address, user }) => `${address} does not let user ${user} in; check the user and the server’s pg_hba.conf`,
  '3D000': ({ address, database }) => `there is no database ${database} on ${address}; create it, or correct the name`,
  '42501': ({ user, database }) =>
    `user ${user} may not create the schema api_factory in database ${database}; grant it CREATE on the database`,
  '53300': ({ address }) => `${address} has no connection left; raise its limit, or end others`,
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
