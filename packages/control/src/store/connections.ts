import { DatabaseClient, type DatabaseClientConfig, SilentConnectionError } from './database-client.ts';

const STATE = `
select state like 'idle%' and state_change < clock_timestamp() - interval '2 seconds' as idle from pg_stat_activity where application_name = $1`;
const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = any($1) and pid <> pg_backend_pid()`;

/** A healthy server answers every statement of a shutdown within this time. */
const STOP_MS = 3_000;

/**
 * All connections to one database. When one goes silent, a proxy or firewall in between has
 * probably dropped the others too, so idle ones are replaced before a query waits on them. The
 * session of a silent connection may still hold locks; it is terminated through a new connection.
 */
export class Connections {
  readonly #open = new Set<DatabaseClient>();
  /** Sessions that were abandoned and may still exist at the server. */
  readonly #abandoned = new Set<string>();
  #hurryMs: number | null = null;
  #ending: Promise<void> | null = null;
  /** Another connection was abandoned while sessions were being terminated. */
  #endAgain = false;

  add(client: DatabaseClient): void {
    this.#open.add(client);
    if (this.#hurryMs !== null) client.hurry(this.#hurryMs);
  }

  remove(client: DatabaseClient): void {
    this.#open.delete(client);
  }

  /**
   * Closes a connection without waiting for its answer, and terminates its session at the server.
   */
  giveUp(client: DatabaseClient, error: Error): void {
    this.#abandoned.add(client.sessionName);
    client.cut(error);
    if (error instanceof SilentConnectionError) for (const other of this.#open) if (other.idle) other.cut(error);
    this.#endAgain = true;
    this.#ending ??= this.#endAll(client).finally(() => {
      this.#ending = null;
    });
  }

  /** Terminates abandoned sessions through `client`, which has just logged in. */
  async endAbandoned(client: Pick<DatabaseClient, 'query'>): Promise<void> {
    if (this.#abandoned.size === 0) return;
    const names = [...this.#abandoned];
    await client.query(TERMINATE, [names]);
    for (const name of names) this.#abandoned.delete(name);
  }

  /**
   * Whether the server is still executing `client`’s query, checked through another connection. It
   * is not when the session is gone, or has been idle for two seconds: then the query or its result
   * was lost on the network. True when that can’t be determined.
   */
  async isWorking({ config, sessionName }: DatabaseClient): Promise<boolean> {
    const queryState = (client: DatabaseClient) => client.query<{ idle: boolean }>(STATE, [sessionName]);
    const found = await withConnection(config, queryState).catch(() => null);
    return found === null || found.rows.some(({ idle }) => !idle);
  }

  /**
   * For a shutdown: from now on no answer is awaited longer than `ms`. Usage that is not shipped by
   * then stays in the spool.
   */
  hurry(ms = STOP_MS): void {
    this.#hurryMs = ms;
    for (const client of this.#open) client.hurry(ms);
  }

  /** Resolves when abandoned sessions are terminated, or could not be. */
  async settled(): Promise<void> {
    await this.#ending;
  }

  async #endAll(client: DatabaseClient): Promise<void> {
    while (this.#endAgain) {
      this.#endAgain = false;
      await this.#endThrough(client);
    }
  }

  /** If it fails, the next connection that opens retries it. */
  async #endThrough({ config }: DatabaseClient): Promise<void> {
    if (this.#abandoned.size === 0) return;
    // It fails when the server is down, and its sessions with it, or can’t be reached.
    await withConnection(config, (client) => this.endAbandoned(client)).catch(() => {});
  }
}

/** Runs `work` on a separate connection to the same database. */
async function withConnection<T>(config: DatabaseClientConfig, work: (client: DatabaseClient) => Promise<T>): Promise<T> {
  const client = new DatabaseClient({ ...config, purpose: 'alone' });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
