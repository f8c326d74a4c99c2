/**
 * An RFC 6901 pointer in a URI fragment (section 6), as problems name a field: `#/a~1b` is the
 * field `a/b`, `#/c%20d` the field `c d`.
 * @param steps names of fields and indexes of arrays, outermost first
 */
export const pointerTo = (steps: readonly (string | number)[]): string =>
  `#${asFragment(steps.map((step) => `/${escapeStep(String(step))}`).join(''))}`;

/** One step of a pointer (RFC 6901, section 3). */
export const escapeStep = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/**
 * Percent-encodes what a fragment may not hold (RFC 3986, section 3.5), in UTF-8. A lone surrogate,
 * which has no UTF-8, becomes U+FFFD.
 */
export const asFragment = (pointer: string): string => encodeURI(pointer.replaceAll(/\p{Surrogate}/gu, '\ufffd')).replaceAll('#', '%23');
