/**
 * What a connection is used for. Each purpose has its own limit: seconds for a lease, half a minute
 * for an operator’s report, none for a migration.
 */
export type ConnectionPurpose = 'operator' | 'snapshot' | 'leases' | 'shipping' | 'maintenance' | 'alone' | 'migration';

/** Statement timeout on the server, ms; 0: none. */
export const STATEMENT_MS: Record<ConnectionPurpose, number> = {
  /** The operator API, the buyer’s pages and billing. */
  operator: 30_000,
  snapshot: 4_000,
  leases: 4_000,
  shipping: 60_000,
  /** Partitions and expired rows. */
  maintenance: 600_000,
  /** A single connection: the instance lock, the checks of `doctor`. */
  alone: 4_000,
  migration: 0,
};

/** Grace on top of the statement timeout, after which the connection counts as silent. */
const ANSWER_MS = 1_000;

/** How long a connection with a pending query may be silent, ms; null: no limit. */
export function silenceMs(purpose: ConnectionPurpose): number | null {
  const statementMs = STATEMENT_MS[purpose];
  return statementMs === 0 ? null : statementMs + ANSWER_MS;
}
