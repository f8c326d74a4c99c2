import { randomBase62 } from '@api-factory/core';

/** A CSPRNG. */
type RandomBytes = (n: number) => Uint8Array;

/** The prefix and 20 base62 characters: about 119 bits. */
export const idMaker =
  (randomBytes: RandomBytes) =>
  (prefix: string): string =>
    `${prefix}_${randomBase62(20, randomBytes)}`;

/** Request ids must be unique, not secret: a random prefix per process and a counter. */
export function requestIdMaker(randomBytes: RandomBytes): () => string {
  const prefix = `req_${randomBase62(12, randomBytes)}`;
  let count = 0;
  return () => prefix + (++count).toString(36);
}

/** At least 0 and below 1, in steps of 1/65,536. */
export function randomFraction(randomBytes: RandomBytes): number {
  const [high = 0, low = 0] = randomBytes(2);
  return (high * 256 + low) / 65_536;
}
