import { ping } from '@api-factory/sdk-ts';

export interface Pong {
  /** Round-trip time. */
  ms: number;
  /** The server’s time, RFC 3339. */
  time: string;
}

/** Measures a round trip to the built-in ping, which needs no key. */
export async function measurePing(): Promise<Pong> {
  const before = performance.now();
  const { data } = await ping({ throwOnError: true });
  return { ms: performance.now() - before, time: String(data.data.time) };
}
