/** The header fields that can carry a credential, as Node provides them. */
export interface CredentialFields {
  authorization?: string | undefined;
  'x-api-key'?: string | string[] | undefined;
}

/**
 * The credential of a request. `inBearer`: `Authorization` contained it, with or without
 * `x-api-key`.
 */
export type Credential = { kind: 'none' } | { kind: 'conflict' } | { kind: 'key'; key: string; inBearer: boolean };

const NONE: Credential = { kind: 'none' };
const CONFLICT: Credential = { kind: 'conflict' };
const BEARER = /^[ \t]*bearer(?:[ \t]+(.*))?$/i;
/**
 * Where the next value of a repeated field starts: Node and some proxies join them with commas. A
 * credential may contain commas, but no space.
 */
const NEXT_LINE = /,[ \t]*(?=[a-z][\w-]*[ \t])|,[ \t]+(?=bearer$)/i;

/**
 * Reads the credential in `Authorization: Bearer <key>` (RFC 6750; the scheme is case-insensitive,
 * RFC 9110) and in `x-api-key: <key>`, for both planes. An empty credential counts as none. Other
 * schemes of `Authorization` are ignored: a proxy may have set them. Two different credentials,
 * even in one repeated field, are a conflict. The format of the key is not checked.
 */
export function readCredential(headers: CredentialFields): Credential {
  const { authorization, 'x-api-key': apiKey } = headers;
  const bearers = authorization === undefined ? [] : bearersOf(authorization);
  const plain = apiKey === undefined ? [] : valuesOf(String(apiKey));
  const [key, ...others] = [...bearers, ...plain];
  if (key === undefined) return NONE;
  if (others.some((other) => other !== key)) return CONFLICT;
  return { kind: 'key', key, inBearer: bearers.length > 0 };
}

/** The token of each `Bearer` value. Other schemes have none. */
function bearersOf(field: string): string[] {
  const parts = field.includes(',') ? field.split(NEXT_LINE) : [field];
  return parts.map((part) => BEARER.exec(part)?.[1]?.trim() ?? '').filter((token) => token !== '');
}

const valuesOf = (field: string): string[] =>
  field
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
