/** A CSPRNG. */
type RandomBytes = (n: number) => Uint8Array;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 20 characters of base62 from a CSPRNG: about 119 bits. */
export const idMaker = (randomBytes: RandomBytes) => {
  return (prefix: string): string => {
    let text = '';
    while (text.length < 20) for (const byte of randomBytes(24)) if (byte < 248 && text.length < 20) text += ALPHABET.charAt(byte % 62);
    return `${prefix}_${text}`;
  };
};

/** A request id has to be unique, not secret: a random head per process and a count. */
export function requestIdMaker(randomBytes: RandomBytes): () => string {
  const head = `req_${idMaker(randomBytes)('r').slice(2, 14)}`;
  let count = 0;
  return () => head + (++count).toString(36);
}
