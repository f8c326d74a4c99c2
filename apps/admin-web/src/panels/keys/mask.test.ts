import { describe, expect, it } from 'vitest';
import { maskedKey } from './mask.ts';

describe('a masked key', () => {
  it('shows its prefix and last 4 characters only', () => {
    expect(maskedKey('af_test_AbCdSECRETSECRETwxyz')).toBe('af_test_AbCd••••••••••••wxyz');
  });

  it.each([
    ['', ''],
    ['af_test_AbCdwxyz', '••••••••••••••••'],
    ['af_test_AbCd1wxyz', 'af_test_AbCd•wxyz'],
  ])('shows nothing of a text too short to have a secret part: %j', (key, masked) => {
    expect(maskedKey(key)).toBe(masked);
  });
});
