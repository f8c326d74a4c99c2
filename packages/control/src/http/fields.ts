import { type Static, type TSchema, Type } from 'typebox';

/**
 * Field schemas shared by features. A `description` completes the sentence "must be …" in a
 * validation error.
 */

/** No control characters: Postgres refuses U+0000, and a line break would break lists. */
const PRINTABLE = '^[^\\u0000-\\u0020\\u007f][^\\u0000-\\u001f\\u007f]*$';

export const Name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: PRINTABLE,
  description: '1 to 200 characters without control characters, not beginning with a space',
});

/** Any id in a path or filter. Its format is not checked: an unknown id is simply not found. */
export const Id = Type.String({ minLength: 1, maxLength: 100, pattern: PRINTABLE, description: 'an id' });

export const Slug = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  description: '1 to 63 lower-case letters, digits and hyphens, beginning with a letter or digit',
});

export const Email = Type.String({ format: 'email', maxLength: 254, description: 'an email address' });

/** RFC 3339. */
export const Timestamp = Type.String({ format: 'date-time', maxLength: 40, description: 'an RFC 3339 time with its offset' });

/** A string enum. */
export const stringEnum = <const T extends string>(values: readonly T[], options: { default?: T; description?: string } = {}) =>
  Type.Unsafe<T>({ type: 'string', enum: values, ...options });

/** The same field, or null. */
export const nullable = <T extends TSchema & { type: string }>(schema: T) =>
  Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] });

/** Unknown fields are refused, so that a typo is not ignored silently. */
export const CLOSED = { additionalProperties: false } as const;

export const ById = Type.Object({ id: Id }, CLOSED);
