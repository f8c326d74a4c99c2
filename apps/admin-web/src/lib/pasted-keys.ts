const MOST = 500;

/** A pasted key without the spaces and line breaks that come along when one copies it. */
export const withoutWhitespace = (text: string): string => text.replace(/\s+/g, '');

/** Why nobody needs to be asked about a text; null: it may be a key. What is no ASCII can’t be sent in a header at all. */
export function pastedKeyError(text: string): string | null {
  const key = withoutWhitespace(text);
  if (key === '') return 'Paste a key first';
  if (key.length > MOST) return 'That is too long for a key: paste only the key';
  if (key.startsWith('af_admin_')) return 'This is an operator key: paste an API key';
  return /^[\x21-\x7e]+$/.test(key) ? null : 'A key has only letters, digits and underscores: copy it again';
}

/** How a key begins: what is shown of it everywhere, and then what is secret. Of an operator key nothing is shown but its kind. */
const KEY = /(af_(?:live|test)_[0-9A-Za-z]{4}|af_admin_)[0-9A-Za-z]{8,}/g;

/**
 * Cuts every key in a text down to its beginning, by which its list still finds it. For texts that become part of an address: addresses are
 * kept in the history, and in the logs of whatever stands between.
 */
export const withoutKeys = (text: string): string => text.replace(KEY, '$1');
