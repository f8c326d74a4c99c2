import type { Socket } from 'node:net';

const listeners = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `listener` when the connection closes. All requests of a connection share one event
 * listener: a client may pipeline more requests than an emitter allows listeners.
 * @returns a function that removes the listener
 */
export function onConnectionClosed(socket: Socket, listener: () => void): () => void {
  let existing = listeners.get(socket);
  if (!existing) {
    const added = new Set<() => void>();
    socket.once('close', () => {
      for (const one of [...added]) one();
    });
    listeners.set(socket, added);
    existing = added;
  }
  existing.add(listener);
  return () => existing.delete(listener);
}
