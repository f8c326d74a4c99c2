import { DatabaseClient, type DatabaseClientConfig, SilentConnectionError } from './database-client.ts';

const STATE = `
select state like 'idle%' and state_change < clock_timestamp() - interval '2 seconds' as waits from pg_stat_activity where application_name = $1`;
const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = any($1) and pid <> pg_backend_pid()`;

/** A server that is well has answered any statement of a stop by then. */
const STOP_MS = 3_000;

/**
 * All connections to one database. When one falls silent, a proxy or firewall in between has probably dropped the others too, so idle ones
 * are replaced before anything waits for them. The session that was cut off may still hold locks; it is terminated through a connection
 * that works.
 */
export class Connections {
  readonly #open = new Set<DatabaseClient>();
  /** Names of sessions that were given up and may live on at the server. */
  readonly #givenUp = new Set<string>();
  #hurryMs: number | null = null;
  #ending: Promise<void> | null = null;
  /** Another one was given up while sessions were being ended. */
  #more = false;

  add(client: DatabaseClient): void {
    this.#open.add(client);
    if (this.#hurryMs !== null) client.hurry(this.#hurryMs);
  }

  remove(client: DatabaseClient): void {
    this.#open.delete(client);
  }

  /** Cuts a connection whose answer is not waited for any longer, and ends its session at the server. */
  giveUp(client: DatabaseClient, error: Error): void {
    this.#givenUp.add(client.sessionName);
    client.cut(error);
    if (error instanceof SilentConnectionError) for (const other of this.#open) if (other.idle) other.cut(error);
    this.#more = true;
    this.#ending ??= this.#endAll(client).finally(() => {
      this.#ending = null;
    });
  }

  /** Ends what was given up, through `client`, which has just logged in. */
  async endGivenUp(client: Pick<DatabaseClient, 'query'>): Promise<void> {
    if (this.#givenUp.size === 0) return;
    const names = [...this.#givenUp];
    await client.query(TERMINATE, [names]);
    for (const name of names) this.#givenUp.delete(name);
  }

  /**
   * Whether the server works for `client`, which owes us an answer: asked through another connection. It does not when its session is gone, or has
   * waited for us for two seconds: then the question or the answer was lost on the way. True when that can't be found out.
   */
  async isWorking({ config, sessionName }: DatabaseClient): Promise<boolean> {
    const ask = (client: DatabaseClient) => client.query<{ waits: boolean }>(STATE, [sessionName]);
    const found = await through(config, ask).catch(() => null);
    return found === null || found.rows.some(({ waits }) => !waits);
  }

  /** For a stop: no answer is waited for longer than `ms` from now on. What is not shipped then stays in the spool. */
  hurry(ms = STOP_MS): void {
    this.#hurryMs = ms;
    for (const client of this.#open) client.hurry(ms);
  }

  /** Resolves when sessions that were given up are ended, or could not be. */
  async settled(): Promise<void> {
    await this.#ending;
  }

  async #endAll(client: DatabaseClient): Promise<void> {
    while (this.#more) {
      this.#more = false;
      await this.#endThrough(client);
    }
  }

  /** When it fails, the next connection that can be opened does it. */
  async #endThrough({ config }: DatabaseClient): Promise<void> {
    if (this.#givenUp.size === 0) return;
    // It fails when the database is away, and the sessions with it, or when it can't be reached.
    await through(config, (client) => this.endGivenUp(client)).catch(() => {});
  }
}

/** Does something on a connection of its own to the same database. */
async function through<T>(config: DatabaseClientConfig, work: (client: DatabaseClient) => Promise<T>): Promise<T> {
  const client = new DatabaseClient({ ...config, purpose: 'alone' });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
