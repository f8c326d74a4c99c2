import { ping } from '@api-factory/sdk-ts';

/** An answer of the built-in ping. */
export interface Pong {
  /** There and back. */
  ms: number;
  /** The server’s, RFC 3339. */
  time: string;
}

/** Calls the built-in ping, which needs no key. */
export async function measurePing(): Promise<Pong> {
  const before = performance.now();
  const { data } = await ping({ throwOnError: true });
  return { ms: performance.now() - before, time: String(data.data.time) };
}
