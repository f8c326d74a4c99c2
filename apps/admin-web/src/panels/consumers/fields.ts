import { isApiError } from '@api-factory/sdk-ts';
import type { ConsumerFields } from './queries.ts';

/** What the form says, as the API takes it: an empty email is none. */
export function fieldsOf(name: string, email: string): ConsumerFields {
  return { name: name.trim(), email: email.trim() === '' ? null : email.trim() };
}

/** What the API found wrong with the fields; empty when the failure is about something else. */
export function findingsOf(error: unknown): { name?: string; email?: string } {
  if (!isApiError(error, 'VALIDATION_FAILED')) return {};
  const findings: { name?: string; email?: string } = {};
  for (const { pointer, detail } of error.errors) {
    if (pointer.endsWith('/name')) findings.name ??= sentence(detail);
    if (pointer.endsWith('/email')) findings.email ??= sentence(detail);
  }
  return findings;
}

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
