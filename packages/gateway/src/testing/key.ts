import { randomBytes } from 'node:crypto';
import { formatKey } from '@api-factory/core';

/** A new key's plaintext. */
export const aKeyText = (): string => formatKey('live', randomBytes);
