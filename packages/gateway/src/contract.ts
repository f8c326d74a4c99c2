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
  429: limited('The rate limit or the quota is used up, or too many heavy actions are in flight; costs nothing'),
  500: limited('A fault of ours; costs no quota'),
  503: limited('Usage or quota can’t be recorded now, or there is too much to do; costs no quota'),
};
