import type { Code } from './codes.ts';
import { asFragment, escapeStep } from './pointer.ts';
import { type FieldError, ProblemError, type ProblemParts } from './problem.ts';

/** The fields of a validation error (ajv, TypeBox) that a field error is built from. */
interface Finding {
  instancePath: string;
  message?: string;
  keyword?: string;
  params?: Record<string, unknown>;
}

/**
 * What an HTTP framework may throw: Fastify's errors have a code, a status and, for a bad request,
 * validation errors.
 */
interface Thrown {
  code?: unknown;
  statusCode?: unknown;
  validation?: Finding[];
  validationContext?: string;
}

const BY_FRAMEWORK_CODE: ReadonlyMap<string, Code> = new Map(
  Object.entries({
    FST_ERR_CTP_INVALID_JSON_BODY: 'MALFORMED_JSON',
    FST_ERR_CTP_EMPTY_JSON_BODY: 'MALFORMED_JSON',
    FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
    FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
    FST_ERR_BAD_URL: 'BAD_REQUEST',
    FST_ERR_MAX_PARAM_LENGTH: 'URI_TOO_LONG',
  } as const),
);

const BY_STATUS: Record<number, Code> = {
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  431: 'HEADERS_TOO_LARGE',
};

/**
 * Maps any thrown value to a problem. An unexpected error becomes INTERNAL_ERROR and reveals
 * nothing.
 */
export function toProblem(error: unknown): { code: Code; parts: ProblemParts } {
  if (error instanceof ProblemError) return { code: error.code, parts: error.parts };
  if (typeof error !== 'object' || error === null) return { code: 'INTERNAL_ERROR', parts: {} };
  // Recursion into a body nested thousands of levels deep: the client's error.
  if (error instanceof RangeError && error.message.includes('call stack'))
    return { code: 'MALFORMED_JSON', parts: { detail: 'The body is nested too deeply.' } };
  const thrown = error as Thrown;
  if (Array.isArray(thrown.validation)) return validationProblem(thrown.validation, thrown.validationContext ?? 'body');
  const known = typeof thrown.code === 'string' ? BY_FRAMEWORK_CODE.get(thrown.code) : undefined;
  if (known) return { code: known, parts: {} };
  const status = typeof thrown.statusCode === 'number' ? thrown.statusCode : 500;
  if (status < 400 || status >= 500) return { code: 'INTERNAL_ERROR', parts: {} };
  return { code: BY_STATUS[status] ?? 'BAD_REQUEST', parts: {} };
}

/**
 * A 400 with one entry per validation error. `context` is where they are: body, querystring, params
 * or headers.
 */
export function validationProblem(findings: Finding[], context: string): { code: Code; parts: ProblemParts } {
  const root = context === 'body' ? '#' : `#/${context === 'querystring' ? 'query' : context}`;
  const errors = findings.map((finding) => fieldError(root, finding));
  const [first] = errors;
  return { code: 'VALIDATION_FAILED', parts: { ...(first ? { detail: `${first.pointer} ${first.detail}` } : {}), errors } };
}

/** Validators escape the steps of `instancePath` (RFC 6901), but not the names in `params`. */
function fieldError(root: string, { instancePath, message, params = {} }: Finding): FieldError {
  const named = params.additionalProperty ?? (Array.isArray(params.additionalProperties) ? params.additionalProperties[0] : undefined);
  const missing = params.missingProperty ?? (Array.isArray(params.requiredProperties) ? params.requiredProperties[0] : undefined);
  const at = (path: string, name?: unknown) => root + asFragment(name === undefined ? path : `${path}/${escapeStep(String(name))}`);
  if (missing !== undefined) return { pointer: at(instancePath, missing), detail: 'is required' };
  if (named !== undefined) return { pointer: at(instancePath, named), detail: 'is not a known field' };
  const allowed = Array.isArray(params.allowedValues) ? `: ${params.allowedValues.map(String).join(', ')}` : '';
  return { pointer: at(instancePath), detail: `${message ?? 'is not valid'}${allowed}` };
}
