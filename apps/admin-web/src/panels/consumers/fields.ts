import type { ConsumerFields } from './queries.ts';

/** What the form says, as the API takes it: an empty email is none. */
export function fieldsOf(name: string, email: string): ConsumerFields {
  return { name: name.trim(), email: email.trim() === '' ? null : email.trim() };
}
