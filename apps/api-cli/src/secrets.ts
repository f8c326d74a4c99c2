import { hash, timingSafeEqual } from 'node:crypto';

/** Compares two secrets in a time that depends on neither. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
