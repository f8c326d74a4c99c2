import { ApiError, type Client, createApiFactory, NetworkError } from '@api-factory/sdk-ts';

const TIMEOUT_MS = 30_000;

/**
 * An SDK client whose error messages are ready to print. It doesn't retry, so that an operator sees
 * failures immediately.
 * @param url of the product, optionally with a path before `/api/admin`
 */
export function operatorClient(url: string, key: string): Client {
  const client = createApiFactory({ baseUrl: url.replace(/\/+$/, ''), key, retries: 0, fetch: fetchEnvelope });
  client.interceptors.error.use(explain);
  return client;
}

type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** Omits undefined fields: the SDK's optional fields don't accept an explicit undefined. */
export const defined = <Fields extends object>(fields: Fields): Defined<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>;

/** @throws ApiError with code UNKNOWN for a success without the envelope, such as a proxy's page */
async function fetchEnvelope(input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) return response;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  if ((body as { success?: unknown } | null)?.success !== true) throw new ApiError(body, response, response.url);
  return response;
}

/**
 * An error interceptor that keeps the SDK's error types, so that commands can read the code. The
 * generated client passes the raw error to every interceptor and throws what the last one returns.
 */
function explain(error: unknown, response: Response | undefined, request: Request): ApiError | NetworkError {
  const { origin } = new URL(request.url);
  const apiError = response && !(error instanceof ApiError) ? new ApiError(error, response, request.url) : error;
  if (!(apiError instanceof ApiError)) return unreachable(error, origin);
  apiError.message = apiErrorText(apiError, origin);
  return apiError;
}

function unreachable(failure: unknown, origin: string): NetworkError {
  const message = `${origin} can’t be reached (${causeText(failure)}). Is the product running there? Use --url for another address.`;
  return new NetworkError(message, { cause: failure });
}

function apiErrorText({ status, code, detail, errors, requestId }: ApiError, origin: string): string {
  if (code === 'UNKNOWN') return `${origin} answered ${status}, but not with a response from API-Factory. Check --url.`;
  const fields = errors.length > 1 ? errors.map((error) => `\n  ${error.pointer} ${error.detail}`).join('') : '';
  return `${status} ${code}: ${detail}${requestId === null ? '' : ` (request ${requestId})`}${fields}`;
}

/** Node's fetch puts the system error in the cause of its own `fetch failed`. */
function causeText(failure: unknown): string {
  const { name, cause } = failure as { name?: string; cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  return cause?.code ?? cause?.message ?? String(failure);
}
