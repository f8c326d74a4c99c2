/** The parts of the contract that every guarded route shares. */

const LIMIT_HEADERS = {
  'RateLimit-Policy': { description: 'draft-ietf-httpapi-ratelimit-headers: the policies in force', type: 'string' },
  RateLimit: { description: 'What is left of each policy, and seconds until it is renewed', type: 'string' },
  'X-RateLimit-Limit': { description: 'The limit that has less left', type: 'integer' },
  'X-RateLimit-Remaining': { description: 'What is left of it', type: 'integer' },
  'X-RateLimit-Reset': { description: 'Seconds until it is renewed', type: 'integer' },
};

/** An error's body, referred to by name. */
export const PROBLEM_RESPONSE = {
  description: 'Refused; `code` says why',
  content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
};

const limited = (description: string) => ({ ...PROBLEM_RESPONSE, description, headers: LIMIT_HEADERS });

/** What a guarded route can answer beside its success. */
export const GUARDED_RESPONSES = {
  400: limited('The request is not valid; costs no quota'),
  401: { ...PROBLEM_RESPONSE, description: 'No credential, or one that is not valid' },
  403: limited('The key is suspended, or its plan does not include the api'),
  413: limited('The body is too large; costs no quota'),
  415: limited('The media type is not supported; costs no quota'),
  429: limited('The rate limit or the quota is used up; costs nothing'),
  500: limited('A fault of ours; costs no quota'),
  503: limited('Usage or quota can’t be recorded now; costs no quota'),
};

/** RFC 9457 with the envelope of older clients. */
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
