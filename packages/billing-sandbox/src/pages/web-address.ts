/**
 * The URL if it is http(s); null for `javascript:` and the like, which must not become a link or a
 * redirect.
 */
export function webAddress(text: string | null): string | null {
  if (text === null || !URL.canParse(text)) return null;
  return ['http:', 'https:'].includes(new URL(text).protocol) ? text : null;
}
