/** The parts of the contract that guarded routes share. */

const LIMIT_HEADERS = {
  'RateLimit-Policy': { description: 'draft-ietf-httpapi-ratelimit-headers: the policies in force', type: 'string' },
  RateLimit: { description: 'What is left of each policy, and the seconds until it resets', type: 'string' },
  'X-RateLimit-Limit': { description: 'The limit with fewer units left', type: 'integer' },
  'X-RateLimit-Remaining': { description: 'Units left of that limit', type: 'integer' },
  'X-RateLimit-Reset': { description: 'Seconds until it resets', type: 'integer' },
};

/** An error's body, referred to by name. */
export const PROBLEM_RESPONSE = {
  description: 'Refused. `code` is the reason',
  content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
};

const limited = (description: string) => ({ ...PROBLEM_RESPONSE, description, headers: LIMIT_HEADERS });

/** The error responses of a guarded route. */
export const GUARDED_RESPONSES = {
  400: limited('The request is not valid. Not charged'),
  401: { ...PROBLEM_RESPONSE, description: 'The API key is missing or not valid' },
  403: limited('The key is suspended, or its plan does not include this API'),
  413: limited('The body is too large. Not charged'),
  415: limited('The media type is not supported. Not charged'),
  429: limited('The rate limit or the quota is used up, or too many heavy actions are in flight. Not charged'),
  500: limited('Internal error. Not charged'),
  503: limited('Usage or quota can’t be recorded, or the server is overloaded. Not charged'),
};
