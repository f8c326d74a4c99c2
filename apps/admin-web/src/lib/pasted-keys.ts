const MAX_LENGTH = 500;

/** A pasted key without the spaces and line breaks that were copied with it. */
export const withoutWhitespace = (text: string): string => text.replace(/\s+/g, '');

/**
 * Why a text can’t be an API key; null: it may be one. Non-ASCII text can’t be sent in a header.
 */
export function pastedKeyError(text: string): string | null {
  const key = withoutWhitespace(text);
  if (key === '') return 'Paste a key first';
  if (key.length > MAX_LENGTH) return 'Too long to be a key. Paste only the key.';
  if (key.startsWith('af_admin_')) return 'This is an operator key. Paste an API key.';
  return /^[\x21-\x7e]+$/.test(key) ? null : 'A key has only letters, digits and underscores. Copy it again.';
}

/**
 * The last 4 characters of an API key, by which the key list finds it. null for any other text: it
 * may be another secret, which must not get into a URL.
 */
export const keyEnding = (text: string): string | null => (/^af_(live|test)_[0-9A-Za-z]{36}$/.test(text) ? text.slice(-4) : null);

/**
 * The public prefix of a key, then its secret part. Of an operator key, only `af_admin_` is public.
 */
const KEY = /(af_(?:live|test)_[0-9A-Za-z]{4}|af_admin_)[0-9A-Za-z]{8,}/g;

/**
 * Truncates every key in a text to its public prefix, which the key list still finds. For text that
 * becomes part of a URL: URLs end up in the browser history and in the logs of proxies.
 */
export const withoutKeys = (text: string): string => text.replace(KEY, '$1');
