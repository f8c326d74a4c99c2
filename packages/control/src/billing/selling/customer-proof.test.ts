import { expect, test } from 'vitest';
import { sameEmail } from './customer-proof.ts';

test.each([
  ['ann@example.com', ' Ann@EXAMPLE.com '],
  ['ann@b\u00fccher.example', 'ann@xn--bcher-kva.example'],
  ['jose\u0301@example.com', 'jos\u00e9@example.com'],
])('%s and %s are the same address', (a, b) => {
  expect(sameEmail(a, b)).toBe(true);
});

test.each([
  ['ann@example.com', 'ann@example.org'],
  ['ann@example.com', 'anna@example.com'],
  ['ann@example.com', 'ann@example.com@example.org'],
  ['ann@example.com', 'ann+x@example.com'],
  ['ann@example.com', ''],
])('%s and %s are different addresses', (a, b) => {
  expect(sameEmail(a, b)).toBe(false);
});
