const MOST = 500;

/** A pasted key without the spaces and line breaks that come along when one copies it. */
export const cleaned = (text: string): string => text.replace(/\s+/g, '');

/** Why nobody needs to be asked about a text; null: it may be a key. What is no ASCII can’t be sent in a header at all. */
export function faultOfPasted(text: string): string | null {
  const key = cleaned(text);
  if (key === '') return 'Paste a key first';
  if (key.length > MOST) return 'That is too long for a key: paste only the key';
  if (key.startsWith('af_admin_')) return 'This is an operator key: paste an API key';
  return /^[\x21-\x7e]+$/.test(key) ? null : 'A key has only letters, digits and underscores: copy it again';
}

/** The end of a key by which the list of keys finds it; null when the text is not built like a key, so that no other secret gets into an address. */
export const endOfKey = (key: string): string | null => (/^af_(live|test)_[0-9A-Za-z]{36}$/.test(key) ? key.slice(-4) : null);
