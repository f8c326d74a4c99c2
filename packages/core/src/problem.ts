import { CODES, type Code } from './codes.ts';

/**
 * One field that is wrong: an RFC 6901 pointer into the body (or `#/query/name`) and what it may
 * be.
 */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** What a problem says beyond its code. */
export interface ProblemParts {
  /** One sentence on this very case. Defaults to the `fix` of the code. */
  detail?: string;
  errors?: FieldError[];
  /** Machine-readable facts, shown in `error.details`. */
  details?: Record<string, unknown>;
  /**
   * Where the reader can settle a payment: an extension member of the body (RFC 9457, section 3.2).
   */
  billingUrl?: string;
  /** Seconds for `Retry-After`. */
  retryAfterSeconds?: number;
  /** Further header fields of the answer. */
  headers?: Record<string, string>;
}

/**
 * A refusal on its way to the error handler, which makes the body of it. Its message never holds a
 * secret.
 */
export class ProblemError extends Error {
  readonly code: Code;
  readonly parts: ProblemParts;
  readonly statusCode: number;

  constructor(code: Code, parts: ProblemParts = {}) {
    super(parts.detail ?? CODES[code].title);
    this.name = 'ProblemError';
    this.code = code;
    this.parts = parts;
    this.statusCode = CODES[code].status;
  }
}

/**
 * RFC 9457 body that also carries the `{ success, data, error, meta }` envelope. `instance` is the
 * path without its query.
 */
export function problemBody(code: Code, parts: ProblemParts, instance: string, requestId: string) {
  const { status, title, fix } = CODES[code];
  return {
    type: `/docs/errors/${code}`,
    title,
    status,
    detail: parts.detail ?? fix,
    instance,
    code,
    ...(parts.errors ? { errors: parts.errors } : {}),
    ...(parts.billingUrl ? { billingUrl: parts.billingUrl } : {}),
    success: false as const,
    data: null,
    error: { code, message: title, details: parts.details ?? (parts.errors ? { errors: parts.errors } : {}) },
    meta: { requestId },
  };
}

/** JSON Schema of `problemBody`'s result, under the name that routes refer to as `Problem#`. */
export const PROBLEM_SCHEMA = {
  $id: 'Problem',
  type: 'object',
  properties: {
    type: { type: 'string', description: 'Page of the code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
        required: ['pointer', 'detail'],
      },
    },
    billingUrl: { type: 'string', description: 'Where the payment of a suspended key is settled' },
    success: { type: 'boolean', const: false },
    data: { type: 'null' },
    error: {
      type: 'object',
      properties: { code: { type: 'string' }, message: { type: 'string' }, details: { type: 'object', additionalProperties: true } },
      required: ['code', 'message', 'details'],
    },
    meta: { type: 'object', properties: { requestId: { type: 'string' } }, required: ['requestId'] },
  },
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'success', 'data', 'error', 'meta'],
};
