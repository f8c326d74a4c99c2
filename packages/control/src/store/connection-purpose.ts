/**
 * What a connection is used for. Each use has a limit of its own: a call waits for a lease for seconds, an operator for a report half a
 * minute, and a migration runs as long as it takes.
 */
export type ConnectionPurpose = 'operator' | 'snapshot' | 'leases' | 'shipping' | 'maintenance' | 'alone' | 'migration';

/** How long the server works at one statement, ms; 0: as long as it takes. */
export const STATEMENT_MS: Record<ConnectionPurpose, number> = {
  /** The operator API, the shop and billing. */
  operator: 30_000,
  snapshot: 4_000,
  leases: 4_000,
  shipping: 60_000,
  /** Partitions and rows that are old. */
  maintenance: 600_000,
  /** One connection for one matter: the instance lock, what `doctor` asks. */
  alone: 4_000,
  migration: 0,
};

/** A server that works within its limit answers by then; one that has not is taken for silent. */
const ANSWER_MS = 1_000;

/** How long a connection may be silent while it owes an answer, ms; null: for ever. */
export function silenceMs(purpose: ConnectionPurpose): number | null {
  const statementMs = STATEMENT_MS[purpose];
  return statementMs === 0 ? null : statementMs + ANSWER_MS;
}
