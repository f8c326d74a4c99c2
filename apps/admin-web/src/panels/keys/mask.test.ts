import { describe, expect, it } from 'vitest';
import { maskedKey } from './mask.ts';

describe('a masked key', () => {
  it('shows how it begins and ends, and nothing between', () => {
    expect(maskedKey('af_test_AbCdSECRETSECRETwxyz')).toBe('af_test_AbCd••••••••••••wxyz');
  });

  it.each([
    ['', ''],
    ['af_test_AbCdwxyz', '••••••••••••••••'],
    ['af_test_AbCd1wxyz', 'af_test_AbCd•wxyz'],
  ])('is covered whole when nothing would be left to cover: %j', (key, masked) => {
    expect(maskedKey(key)).toBe(masked);
  });
});
