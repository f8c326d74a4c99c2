import { describe, expect, it } from 'vitest';
import { cleaned, faultOfPasted } from './key-text.ts';

const KEY = `af_test_${'a1B2'.repeat(9)}`;

describe('a pasted key', () => {
  it('loses what comes along when one copies it', () => {
    expect(cleaned(` ${KEY.slice(0, 20)}\n${KEY.slice(20)}\t`)).toBe(KEY);
  });

  it.each([
    ['', 'Paste a key first'],
    [' \n', 'Paste a key first'],
    ['af_test_“quoted”', 'A key has only letters, digits and underscores: copy it again'],
    ['x'.repeat(501), 'That is too long for a key: paste only the key'],
    ['af_admin_0123', 'This is an operator key: paste an API key'],
  ])('is not sent when it can be none: %j', (text, fault) => {
    expect(faultOfPasted(text)).toBe(fault);
  });

  it.each([KEY, ` ${KEY}\n`, 'x'.repeat(500), 'not-a-key'])('is sent else: %j', (text) => {
    expect(faultOfPasted(text)).toBeNull();
  });
});
