/** The header fields that can carry a credential, as Node hands them over. */
export interface CredentialFields {
  authorization?: string | undefined;
  'x-api-key'?: string | string[] | undefined;
}

/** What a request presents. `inBearer`: it came in `Authorization`, alone or also there. */
export type Credential = { kind: 'none' } | { kind: 'conflict' } | { kind: 'key'; key: string; inBearer: boolean };

const NONE: Credential = { kind: 'none' };
const CONFLICT: Credential = { kind: 'conflict' };
const BEARER = /^[ \t]*bearer(?:[ \t]+(.*))?$/i;
/**
 * Where the next line of a repeated field begins: Node, and some proxies, join them by commas. A
 * credential may hold commas, but no space.
 */
const NEXT_LINE = /,[ \t]*(?=[a-z][\w-]*[ \t])|,[ \t]+(?=bearer$)/i;

/**
 * Reads the credential in `Authorization: Bearer <key>` (RFC 6750; the case of the scheme is free,
 * RFC 9110) and in `x-api-key: <key>`, for both planes. An empty credential is none. An
 * `Authorization` of another scheme is not ours: a proxy in front may have set it. Two different
 * credentials, also in one repeated field, are a conflict. The form of the key is not checked.
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

/** The token behind each `Bearer`, none for other schemes. */
function bearersOf(field: string): string[] {
  const parts = field.includes(',') ? field.split(NEXT_LINE) : [field];
  return parts.map((part) => BEARER.exec(part)?.[1]?.trim() ?? '').filter((token) => token !== '');
}

const valuesOf = (field: string): string[] =>
  field
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
