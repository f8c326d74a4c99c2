import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isWellFormedKey, readCredential } from '@api-factory/core';

/** The API key of a request. `conflict`: two different credentials. */
export type Credential = { kind: 'none' } | { kind: 'conflict' } | { kind: 'malformed' } | { kind: 'key'; hash: string };

const MALFORMED: Credential = { kind: 'malformed' };

/**
 * Reads the API key of a request. A key with a wrong checksum is refused without hashing it. Only
 * the SHA-256 of a well-formed one is kept. The snapshot is looked up by the whole digest, so
 * comparing the digests again with timingSafeEqual could never fail; nobody can choose a key by its
 * digest, so timing reveals nothing useful.
 */
export function readKey(headers: IncomingHttpHeaders): Credential {
  const credential = readCredential(headers);
  if (credential.kind !== 'key') return credential;
  return isWellFormedKey(credential.key) ? { kind: 'key', hash: hash('sha256', credential.key) } : MALFORMED;
}
