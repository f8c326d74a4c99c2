import type { Socket } from 'node:net';

const listeners = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `listener` when the connection closes. All requests of a connection share one listener on it: a client may pipeline
 * more of them than an emitter is meant to have listeners.
 * @returns a function that takes the listener away
 */
export function onConnectionClosed(socket: Socket, listener: () => void): () => void {
  let known = listeners.get(socket);
  if (!known) {
    const added = new Set<() => void>();
    socket.once('close', () => {
      for (const one of [...added]) one();
    });
    listeners.set(socket, added);
    known = added;
  }
  known.add(listener);
  return () => known.delete(listener);
}
