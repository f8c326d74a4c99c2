const SHOWN_FIRST = 12;
const SHOWN_LAST = 4;

/**
 * Masks the secret part of a key. The prefix, the last 4 characters and the length stay visible.
 */
export function maskedKey(key: string): string {
  const masked = key.length - SHOWN_FIRST - SHOWN_LAST;
  if (masked <= 0) return '•'.repeat(key.length);
  return `${key.slice(0, SHOWN_FIRST)}${'•'.repeat(masked)}${key.slice(-SHOWN_LAST)}`;
}
