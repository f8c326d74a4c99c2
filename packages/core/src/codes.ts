/**
 * Every error that this product answers: one table makes the body, the page at `/docs/errors/CODE`
 * and the contract. Statuses follow RFC 9110 and RFC 6585; `fix` says what the reader can do.
 */
export const CODES = {
  UNAUTHORIZED: { status: 401, title: 'Credential missing', fix: 'Send the key as `Authorization: Bearer <key>` or `x-api-key: <key>`.' },
  INVALID_KEY: {
    status: 401,
    title: 'API key not valid',
    fix: 'Check that the key is complete. Unknown, malformed and revoked keys get this same answer; ask the operator for a new key.',
  },
  KEY_EXPIRED: { status: 401, title: 'API key expired', fix: 'Ask the operator for a new key.' },
  KEY_SUSPENDED: { status: 403, title: 'API key suspended', fix: 'Pay the open invoice, or ask the operator to resume the key.' },
  CSRF_REJECTED: {
    status: 403,
    title: 'Cross-site request refused',
    fix: 'Reload the console and try again. From a program, send the operator key as `Authorization: Bearer <key>`.',
  },
  PLAN_REQUIRED: { status: 403, title: 'Plan does not include this API', fix: 'Choose a plan that includes the API.' },
  RATE_LIMITED: {
    status: 429,
    title: 'Rate limit exceeded',
    fix: 'Wait for the seconds in `Retry-After`. With the policy `concurrency`, wait for one of your heavy actions to end: at most 4 of them run at once.',
  },
  QUOTA_EXCEEDED: { status: 429, title: 'Quota exceeded', fix: 'Wait for the next period, or choose a larger plan.' },
  QUOTA_UNAVAILABLE: {
    status: 503,
    title: 'Quota can’t be checked',
    fix: 'Try again after the seconds in `Retry-After`. Nothing was charged.',
  },
  SNAPSHOT_STALE: {
    status: 503,
    title: 'Keys can’t be verified',
    fix: 'Try again after the seconds in `Retry-After`. Nothing was charged.',
  },
  METERING_UNAVAILABLE: {
    status: 503,
    title: 'Usage can’t be recorded',
    fix: 'Try again after the seconds in `Retry-After`. Nothing was charged.',
  },
  OVERLOADED: {
    status: 503,
    title: 'Server overloaded or stopping',
    fix: 'Try again after the seconds in `Retry-After`. Nothing was charged.',
  },
  CREDENTIAL_CONFLICT: {
    status: 400,
    title: 'Two different credentials',
    fix: 'Send one of `Authorization` and `x-api-key`, or the same key in both.',
  },
  UNKNOWN_ACTION: { status: 400, title: 'Unknown action', fix: 'List the actions with `GET /api/v1/actions`.' },
  VALIDATION_FAILED: {
    status: 400,
    title: 'Request not valid',
    fix: 'Each entry of `errors` names a field and the values that it accepts.',
  },
  MALFORMED_JSON: { status: 400, title: 'Body is not valid JSON', fix: 'Send a JSON document with `content-type: application/json`.' },
  BAD_REQUEST: {
    status: 400,
    title: 'Bad request',
    fix: 'The request is not valid HTTP. Check its request line, header fields and path.',
  },
  NOT_FOUND: { status: 404, title: 'Not found', fix: 'Check the path and the id.' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed', fix: 'Use a method listed in the `Allow` header.' },
  CONFLICT: { status: 409, title: 'Conflict with the current state', fix: 'Fetch the object again, then repeat the change.' },
  PLAN_EXISTS: { status: 409, title: 'Plan already exists', fix: 'Choose another id, or edit the plan with PUT.' },
  PLAN_IN_USE: { status: 409, title: 'Plan is in use', fix: 'Move its entitlements to another plan first.' },
  KEY_REVOKED: { status: 409, title: 'Key is revoked', fix: 'Revoking is final; create a new key.' },
  IDEMPOTENCY_MISMATCH: {
    status: 422,
    title: 'Idempotency key reused with another body',
    fix: 'Use a new `Idempotency-Key` for a new request.',
  },
  BILLING_OFF: {
    status: 404,
    title: 'Billing is off',
    fix: 'Nothing is for sale here. The operator can turn billing on with `BILLING=stripe`, or try it with `BILLING=sandbox`.',
  },
  WEBHOOK_NOT_VALID: {
    status: 400,
    title: 'Webhook not valid',
    fix: 'The signature, its timestamp or the mode of the event is wrong. Compare `STRIPE_WEBHOOK_SECRET` with the endpoint’s signing secret.',
  },
  PLAN_NOT_FOR_SALE: {
    status: 409,
    title: 'Plan is not for sale',
    fix: 'Choose a plan from `GET /api/billing/plans`. Operators: give the plan a price and run `api-factory plans push`.',
  },
  CHECKOUT_NOT_COMPLETE: { status: 409, title: 'Checkout is not complete', fix: 'Finish the payment, then try again.' },
  CLAIM_REFUSED: {
    status: 403,
    title: 'Key can’t be claimed here',
    fix: 'A key can be claimed only in the browser that started the checkout. Otherwise, ask the operator for it.',
  },
  KEY_CLAIMED: { status: 409, title: 'Key already claimed', fix: 'The key is in use. If it is lost, ask the operator for a new one.' },
  CUSTOMER_NOT_PROVEN: {
    status: 403,
    title: 'Customer not verified',
    fix: 'Send the customer’s email address as `email`, or use the browser in which the plan was bought. An API key alone is not enough.',
  },
  NO_SUBSCRIPTION: {
    status: 409,
    title: 'No subscription to manage',
    fix: 'The key was issued by the operator and has no subscription. Buy a plan first.',
  },
  STRIPE_UNAVAILABLE: {
    status: 503,
    title: 'Stripe is unreachable',
    fix: 'Try again after the seconds in `Retry-After`.',
  },
  STRIPE_REJECTED: {
    status: 502,
    title: 'Stripe refused the request',
    fix: 'The operator can find the reason in the log, by the request id.',
  },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'Body too large', fix: 'Send a smaller body. The contract lists the limit of each route.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Media type not supported', fix: 'Send `content-type: application/json`.' },
  URI_TOO_LONG: { status: 414, title: 'URI too long', fix: 'Shorten the path or the query.' },
  HEADERS_TOO_LARGE: { status: 431, title: 'Header fields too large', fix: 'Send less than 16 kB of header fields.' },
  REQUEST_TIMEOUT: { status: 408, title: 'Request took too long to arrive', fix: 'Send the whole request without a pause.' },
  UPSTREAM_ERROR: { status: 502, title: 'Upstream failed', fix: 'Try again later. Nothing was charged.' },
  UPSTREAM_TIMEOUT: { status: 504, title: 'Upstream timed out', fix: 'Try again later. Nothing was charged.' },
  UPSTREAM_TOO_LARGE: { status: 502, title: 'Upstream response too large', fix: 'Request less data. Nothing was charged.' },
  DATABASE_UNAVAILABLE: {
    status: 503,
    title: 'Database is unreachable',
    fix: 'Try again after the seconds in `Retry-After`.',
  },
  CHANGE_NOT_IN_EFFECT: {
    status: 503,
    title: 'Change stored but not yet in effect',
    fix: 'The change is in the database; the gateway has not loaded it yet. Repeat the request: it succeeds once the change is in effect.',
  },
  OUTCOME_UNKNOWN: {
    status: 503,
    title: 'Change may or may not be stored',
    fix: 'The connection to the database was lost while the change was being committed. Fetch the object again, and repeat the request if it is unchanged. Repeat a revocation or suspension in any case: it succeeds once it is in effect.',
  },
  INTERNAL_ERROR: {
    status: 500,
    title: 'Internal error',
    fix: 'Try again. If the error persists, send the request id to the operator. Nothing was charged.',
  },
} as const satisfies Record<string, { status: number; title: string; fix: string }>;

export type Code = keyof typeof CODES;

/** Codes that a verdict of the guard can carry. */
export type DenyCode = Extract<Code, 'INVALID_KEY' | 'KEY_EXPIRED' | 'KEY_SUSPENDED' | 'PLAN_REQUIRED' | 'RATE_LIMITED' | 'QUOTA_EXCEEDED'>;

export const isCode = (text: string): text is Code => Object.hasOwn(CODES, text);
