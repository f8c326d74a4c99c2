/** What is on the screen of a list that renews itself. */
export interface Frame<T> {
  /** What is listed: a changed filter is another list. */
  of: string;
  rows: T[];
}

/**
 * What to show of a list that renews itself: the newest rows, or while somebody is in the list, the ones that he sees.
 * @param latest undefined until it is read
 */
export function nextFrame<T>(shown: Frame<T> | null, latest: Frame<T> | null, held: boolean): Frame<T> | null {
  if (latest === null) return null;
  return held && shown !== null && shown.of === latest.of ? shown : latest;
}

/** How many of the newest rows are not on the screen. */
export function countFresh<T extends { id: string }>(shown: T[], latest: T[]): number {
  if (shown === latest) return 0;
  const known = new Set(shown.map(({ id }) => id));
  return latest.filter(({ id }) => !known.has(id)).length;
}

/** “12 new”; when no row is left that was there before, there may be more than were read. */
export const freshWords = (fresh: number, read: number): string => (fresh < read ? `${fresh} new` : `${fresh}+ new`);
