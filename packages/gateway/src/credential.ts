import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isWellFormedKey } from '@api-factory/core';

/** What a request brings to prove who calls. `conflict`: two fields that differ. */
export type Credential = { kind: 'none' } | { kind: 'conflict' } | { kind: 'malformed' } | { kind: 'key'; hash: string };

const NONE: Credential = { kind: 'none' };
const CONFLICT: Credential = { kind: 'conflict' };
const MALFORMED: Credential = { kind: 'malformed' };

/**
 * Reads `Authorization: Bearer <key>` (RFC 6750) or `x-api-key: <key>`. A key with a wrong checksum is refused without
 * being hashed; a well-formed one is known by its SHA-256 from here on, and its plaintext is not kept.
 */
export function readCredential(headers: IncomingHttpHeaders): Credential {
  const bearer = bearerToken(headers.authorization);
  const apiKey = headers['x-api-key'];
  if (bearer === null && apiKey === undefined) return NONE;
  if (bearer !== null && apiKey !== undefined && bearer !== apiKey) return CONFLICT;
  const key = bearer ?? apiKey;
  if (typeof key !== 'string' || !isWellFormedKey(key)) return MALFORMED;
  return { kind: 'key', hash: hash('sha256', key) };
}

/** The token behind `Bearer`, null when the field is absent, and the whole field when it has another scheme: that is no key. */
function bearerToken(field: string | undefined): string | null {
  if (field === undefined) return null;
  return field.slice(0, 7).toLowerCase() === 'bearer ' ? field.slice(7).trim() : field;
}
