import { CODES, type Code } from './codes.ts';

/**
 * An invalid field: an RFC 6901 pointer into the body (or `#/query/name`) and what is valid there.
 */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** The parts of a problem that its code does not determine. */
export interface ProblemParts {
  /** One sentence about this occurrence. Defaults to the `fix` of the code. */
  detail?: string;
  errors?: FieldError[];
  /** Machine-readable facts, shown in `error.details`. */
  details?: Record<string, unknown>;
  /** Where to settle an open payment: an extension member of the body (RFC 9457, section 3.2). */
  billingUrl?: string;
  /** Seconds for `Retry-After`. */
  retryAfterSeconds?: number;
  /** More response headers. */
  headers?: Record<string, string>;
}

/**
 * A refusal, thrown to the error handler, which turns it into a problem body. Its message never
 * contains a secret.
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
 * An RFC 9457 body that also has the fields of the `{ success, data, error, meta }` envelope.
 * `instance` is the path without its query.
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

/** JSON Schema of `problemBody`'s result. Routes refer to it as `Problem#`. */
export const PROBLEM_SCHEMA = {
  $id: 'Problem',
  type: 'object',
  properties: {
    type: { type: 'string', description: 'Documentation page of the code' },
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
    billingUrl: { type: 'string', description: 'Where to settle the payment of a suspended key' },
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
