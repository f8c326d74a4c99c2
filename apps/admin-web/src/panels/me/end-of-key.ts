/** The end of a key by which the list of keys finds it; null when the text is not built like a key, so that no other secret gets into an address. */
export const endOfKey = (key: string): string | null => (/^af_(live|test)_[0-9A-Za-z]{36}$/.test(key) ? key.slice(-4) : null);
