import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { withoutKeys } from './pasted-keys.ts';

/** Texts of the query part of the address. */
export type SearchTexts = Record<string, string | undefined>;

/** Reads a query part: plain texts, as people write and paste them, keys cut down. The first of several equal names counts. */
export function parseSearch(search: string): SearchTexts {
  const texts: SearchTexts = {};
  for (const [name, value] of new URLSearchParams(search)) texts[name] ??= withoutKeys(value);
  return texts;
}

/** Writes a query part; what is empty is left out, and of a pasted key all but its beginning. */
export function stringifySearch(search: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) if (typeof value === 'string' && value !== '') query.set(name, withoutKeys(value));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** A word of the address, when it is one of `words`: what somebody mistyped is none. */
export const oneOf = <const W extends string>(words: readonly W[], text: string): W | undefined => words.find((word) => word === text);

/**
 * State that lives in the address, so that a link leads back to what is seen. A value that is its default is left out.
 * @param defaults every name that the page reads, with what it is when the address does not say
 * @returns the values, and a function that changes some of them (replacing the entry of the history)
 */
export function useUrlState<const D extends Record<string, string>>(
  defaults: D,
): [{ [K in keyof D]: string }, (changes: Partial<Record<keyof D, string>>) => void] {
  const search: SearchTexts = useSearch({ strict: false });
  const navigate = useNavigate();
  const key = JSON.stringify(defaults);
  const values = useMemo(() => {
    const known = JSON.parse(key) as Record<string, string>;
    return Object.fromEntries(Object.entries(known).map(([name, value]) => [name, search[name] ?? value])) as { [K in keyof D]: string };
  }, [key, search]);
  const change = useCallback(
    (changes: Partial<Record<keyof D, string>>) => {
      const known = JSON.parse(key) as Record<string, string>;
      const next = (before: SearchTexts) => {
        const after: SearchTexts = { ...before, ...(changes as SearchTexts) };
        return Object.fromEntries(
          Object.entries(after).filter(([name, value]) => value !== undefined && value !== '' && value !== known[name]),
        );
      };
      void navigate({ to: '.', search: next as never, replace: true });
    },
    [navigate, key],
  );
  return [values, change];
}
