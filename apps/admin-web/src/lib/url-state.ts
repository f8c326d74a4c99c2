import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { withoutKeys } from './pasted-keys.ts';

/** Query parameters of the URL. */
export type SearchTexts = Record<string, string | undefined>;

/**
 * Parses a query string as plain text, with API keys truncated. The first value of a duplicate name
 * wins.
 */
export function parseSearch(search: string): SearchTexts {
  const texts: SearchTexts = {};
  for (const [name, value] of new URLSearchParams(search)) texts[name] ??= withoutKeys(value);
  return texts;
}

/** Formats a query string without empty values, with API keys truncated. */
export function stringifySearch(search: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) if (typeof value === 'string' && value !== '') query.set(name, withoutKeys(value));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** `text` when it is one of the allowed values, else undefined. */
export const oneOf = <const V extends string>(values: readonly V[], text: string): V | undefined => values.find((value) => value === text);

/**
 * State kept in the URL’s query string, so that a link restores the view. Default values are
 * omitted.
 * @param defaults every parameter that the page reads, with its default
 * @returns the values, and a function that updates some of them (replacing the history entry)
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
