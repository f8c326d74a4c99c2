import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isWellFormedKey, readCredential } from '@api-factory/core';

/** What a request brings to prove who calls. `conflict`: two credentials that differ. */
export type Credential = { kind: 'none' } | { kind: 'conflict' } | { kind: 'malformed' } | { kind: 'key'; hash: string };

const MALFORMED: Credential = { kind: 'malformed' };

/**
 * Reads the API key of a request. A key with a wrong checksum is refused without being hashed; a
 * well-formed one is known by its SHA-256 from here on, and its plaintext is not kept.
 */
export function readKey(headers: IncomingHttpHeaders): Credential {
  const credential = readCredential(headers);
  if (credential.kind !== 'key') return credential;
  return isWellFormedKey(credential.key) ? { kind: 'key', hash: hash('sha256', credential.key) } : MALFORMED;
}
