import { LimitedClient, SilentConnectionError } from './limited-client.ts';

const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = any($1) and pid <> pg_backend_pid()`;

/** A server that is well has answered any statement of a stop by then. */
const STOP_MS = 3_000;

/**
 * All connections to one database. One that falls silent tells of the others: something between us and the server has forgotten them, so those
 * at rest are opened anew before anybody waits for them. The session that was cut off may still hold locks; it is ended through a connection
 * that works.
 */
export class Connections {
  readonly #open = new Set<LimitedClient>();
  /** Names of sessions that were given up and may live on at the server. */
  readonly #givenUp = new Set<string>();
  #hurryMs: number | null = null;
  #ending: Promise<void> | null = null;
  /** Another one was given up while sessions were being ended. */
  #more = false;

  add(client: LimitedClient): void {
    this.#open.add(client);
    if (this.#hurryMs !== null) client.hurry(this.#hurryMs);
  }

  remove(client: LimitedClient): void {
    this.#open.delete(client);
  }

  /** Cuts a connection whose answer is not waited for any longer, and ends its session at the server. */
  giveUp(client: LimitedClient, error: Error): void {
    this.#givenUp.add(client.sessionName);
    client.cut(error);
    if (error instanceof SilentConnectionError) for (const other of this.#open) if (other.idle) other.cut(error);
    this.#more = true;
    this.#ending ??= this.#endAll(client).finally(() => {
      this.#ending = null;
    });
  }

  /** Ends what was given up, through `client`, which has just logged in. */
  async endGivenUp(client: Pick<LimitedClient, 'query'>): Promise<void> {
    if (this.#givenUp.size === 0) return;
    const names = [...this.#givenUp];
    await client.query(TERMINATE, [names]);
    for (const name of names) this.#givenUp.delete(name);
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

  async #endAll(client: LimitedClient): Promise<void> {
    while (this.#more) {
      this.#more = false;
      await this.#endThrough(client);
    }
  }

  /** When it fails, the next connection that can be opened does it. */
  async #endThrough({ config }: LimitedClient): Promise<void> {
    if (this.#givenUp.size === 0) return;
    const client = new LimitedClient({ ...config, purpose: 'alone' });
    client.on('error', () => {});
    try {
      await client.connect();
      await this.endGivenUp(client);
    } catch {
      // The database is away, and the sessions with it, or it can't be reached.
    } finally {
      await client.end().catch(() => {});
    }
  }
}
