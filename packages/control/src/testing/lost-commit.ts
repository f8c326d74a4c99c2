import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type Database, openDatabase } from '../store/database.ts';

/** How the network fails at the next commit. */
export type Loss = 'before it arrives' | 'before it is answered' | 'before it is answered, and stays away';

export interface LossyDatabase {
  db: Database;
  /** Loses the connection of the next commit. */
  lose: (loss: Loss) => void;
  close: () => Promise<void>;
}

/** The same database behind a proxy that loses a connection at its commit. */
export async function lossyDatabase(url: string): Promise<LossyDatabase> {
  const { hostname, port } = new URL(url);
  let next: Loss | null = null;
  let isAway = false;
  const proxy = createServer((client) => {
    if (isAway) return client.destroy();
    const server = connect(Number(port), hostname);
    for (const side of [client, server]) side.on('error', () => {}).on('close', () => [client, server].map((one) => one.destroy()));
    let lost: Loss | null = null;
    client.on('data', (bytes) => {
      if (next !== null && /commit/i.test(bytes.toString('latin1'))) {
        [lost, next] = [next, null];
        isAway = lost === 'before it is answered, and stays away';
      }
      if (lost === 'before it arrives') client.destroy();
      else server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (lost === null) client.write(bytes);
      // The server has committed: its answer comes after that.
      else client.destroy();
    });
  });
  const through = await listen(proxy, url);
  const db = openDatabase(through, { max: 3 });
  return {
    db,
    lose: (loss) => {
      next = loss;
    },
    close: async () => {
      await db.destroy();
      proxy.close();
    },
  };
}

async function listen(proxy: ReturnType<typeof createServer>, url: string): Promise<string> {
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const through = new URL(url);
  through.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return through.href;
}
