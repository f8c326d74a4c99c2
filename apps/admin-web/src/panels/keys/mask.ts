const SHOWN_FIRST = 12;
const SHOWN_LAST = 4;

/** A key with its secret part covered; how it begins and ends stays, as everywhere in the console. Its length stays too. */
export function maskedKey(key: string): string {
  const covered = key.length - SHOWN_FIRST - SHOWN_LAST;
  if (covered <= 0) return '•'.repeat(key.length);
  return `${key.slice(0, SHOWN_FIRST)}${'•'.repeat(covered)}${key.slice(-SHOWN_LAST)}`;
}
