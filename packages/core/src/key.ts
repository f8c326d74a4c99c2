/**
 * API keys: `af_live_` or `af_test_`, 30 base62 characters from a CSPRNG, and a checksum: the
 * CRC-32 of all that precedes, in 6 base62 characters.
 */

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BODY_LENGTH = 30;
const CHECK_LENGTH = 6;

/**
 * `live`: live billing, or none. `test`: created in the billing sandbox or in Stripe's test mode.
 */
export type KeyMode = 'live' | 'test';

/** Matches every key issued to consumers; for secret scanners. */
export const KEY_PATTERN = /\baf_(live|test)_[0-9A-Za-z]{36}\b/;
const WHOLE_KEY = /^af_(?:live|test|admin)_[0-9A-Za-z]{36}$/;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** CRC-32 (ISO 3309, as in zlib) of an ASCII string. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) crc = (CRC_TABLE[(crc ^ text.charCodeAt(i)) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let i = 0; i < CHECK_LENGTH; i++) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/**
 * Base62 text from a CSPRNG. Bytes ≥ 248 are discarded, so that every character is equally likely.
 */
export function randomBase62(length: number, randomBytes: (n: number) => Uint8Array): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += BASE62.charAt(byte % 62);
    }
  }
  return text;
}

/**
 * Generates a key. `randomBytes(n)` is a CSPRNG.
 * @param kind `live`, `test`, or `admin` for an operator key
 */
export function formatKey(kind: KeyMode | 'admin', randomBytes: (n: number) => Uint8Array): string {
  const head = `af_${kind}_${randomBase62(BODY_LENGTH, randomBytes)}`;
  return head + checksum(head);
}

/** True for a complete key with a correct checksum: a mistyped key is refused without a lookup. */
export function isWellFormedKey(text: string): boolean {
  if (!WHOLE_KEY.test(text)) return false;
  return checksum(text.slice(0, -CHECK_LENGTH)) === text.slice(-CHECK_LENGTH);
}

/** What may be displayed of a key after its creation: the first 12 characters and the last 4. */
export const maskKey = (key: string): { prefix: string; last4: string } => ({ prefix: key.slice(0, 12), last4: key.slice(-4) });
