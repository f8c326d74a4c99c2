import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A proxy between client and database that can drop its connections silently, like a firewall. */
export interface FreezingProxy {
  /** Connection string through the proxy. */
  readonly url: string;
  /**
   * Stops all traffic of the open connections; neither side sees the other close. New connections
   * work.
   */
  freeze(): void;
  /**
   * Freezes as soon as a client sends something that contains `text`: the server still receives it,
   * but its answer is dropped. Resolves when that has happened.
   */
  freezeAt(text: string): Promise<void>;
  /** Number of connections that are not frozen. */
  working(): number;
  close(): Promise<void>;
}

interface Pair {
  client: Socket;
  server: Socket;
  frozen: boolean;
}

/** @param url connection string of the server itself */
export async function freezingProxy(url: string): Promise<FreezingProxy> {
  const { hostname, port } = new URL(url);
  const pairs = new Set<Pair>();
  let trap: { text: string; sprung: () => void } | null = null;
  const freeze = () => {
    for (const pair of pairs) pair.frozen = true;
  };
  const proxy = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    const pair: Pair = { client, server, frozen: false };
    pairs.add(pair);
    client.on('data', (bytes) => {
      if (pair.frozen) return;
      server.write(bytes);
      if (trap === null || !bytes.includes(trap.text)) return;
      const { sprung } = trap;
      trap = null;
      freeze();
      sprung();
    });
    server.on('data', (bytes) => {
      if (!pair.frozen) client.write(bytes);
    });
    link(pair, client, server);
    link(pair, server, client);
    client.on('close', () => {
      if (!pair.frozen) pairs.delete(pair);
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const through = new URL(url);
  through.host = `127.0.0.1:${(proxy.address() as { port: number }).port}`;
  return {
    url: through.href,
    freeze,
    freezeAt: (text) => new Promise((sprung) => (trap = { text, sprung })),
    working: () => [...pairs].filter(({ frozen }) => !frozen).length,
    close: async () => {
      for (const { client, server } of pairs) for (const side of [client, server]) side.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

function link(pair: Pair, from: Socket, to: Socket): void {
  from.on('error', () => {});
  for (const event of ['end', 'close']) {
    from.on(event, () => {
      if (!pair.frozen) to.destroySoon();
    });
  }
}
