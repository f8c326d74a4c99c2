/**
 * A JSON pointer as a URI fragment (RFC 6901, section 6), as problems refer to a field: `#/a~1b` is
 * the field `a/b`, `#/c%20d` the field `c d`.
 * @param steps field names and array indexes, outermost first
 */
export const pointerTo = (steps: readonly (string | number)[]): string =>
  `#${asFragment(steps.map((step) => `/${escapeStep(String(step))}`).join(''))}`;

/** Escapes one step of a pointer (RFC 6901, section 3). */
export const escapeStep = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/**
 * Percent-encodes what a fragment can't contain (RFC 3986, section 3.5), in UTF-8. A lone
 * surrogate, which UTF-8 can't encode, becomes U+FFFD.
 */
export const asFragment = (pointer: string): string => encodeURI(pointer.replaceAll(/\p{Surrogate}/gu, '\ufffd')).replaceAll('#', '%23');
