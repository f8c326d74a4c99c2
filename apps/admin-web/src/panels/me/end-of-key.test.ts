import { describe, expect, it } from 'vitest';
import { endOfKey } from './end-of-key.ts';

const KEY = `af_test_${'a1B2'.repeat(9)}`;

describe('the end of a key in an address', () => {
  it('is that of an API key', () => {
    expect(endOfKey(KEY)).toBe('a1B2');
  });

  it.each(['', `${KEY}x`, KEY.slice(0, -1), `af_admin_${'0'.repeat(36)}`, 'hunter2hunter2'])('is none for another text: %j', (text) => {
    expect(endOfKey(text)).toBeNull();
  });
});
