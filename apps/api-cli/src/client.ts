/** The admin API's own words of a refusal, or why there was no answer. */
export class AdminError extends Error {
  override name = 'AdminError';
  /** 0 when there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;

  constructor(message: string, parts: { status: number; code: string; requestId?: string | null }) {
    super(message);
    this.status = parts.status;
    this.code = parts.code;
    this.requestId = parts.requestId ?? null;
  }
}

/** One answer of the admin API, opened. */
export interface Answer<T> {
  data: T;
  /** null where there is no next page. */
  cursor: string | null;
}

export type Query = Record<string, string | number | undefined>;

/** Speaks to the admin API of one installation. */
export interface AdminClient {
  get<T>(path: string, query?: Query): Promise<Answer<T>>;
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Answer<T>>;
}

/** The admin API takes at most this many of a list at once. */
export const LARGEST_PAGE = 1000;
const TIMEOUT_MS = 30_000;

/**
 * @param url origin of the installation, with or without a path before `/api/admin`
 * @param adminKey the operator key
 */
export function adminClient(url: string, adminKey: string): AdminClient {
  const base = `${url.replace(/\/+$/, '')}/api/admin`;
  const headers = { authorization: `Bearer ${adminKey}`, accept: 'application/json' };
  return {
    get: (path, query = {}) => call(`${base}${path}${queryString(query)}`, { headers }),
    send: (method, path, body) =>
      call(`${base}${path}`, {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/** Follows the cursors of a list until `limit` items are there, or the list ends. */
export async function listUpTo<T>(client: AdminClient, path: string, query: Query & { limit: number }): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  while (items.length < query.limit) {
    const limit = Math.min(query.limit - items.length, LARGEST_PAGE);
    const page = await client.get<T[]>(path, { ...query, limit, cursor });
    items.push(...page.data);
    if (page.cursor === null) return items;
    cursor = page.cursor;
  }
  return items;
}

function queryString(query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

async function call<T>(url: string, init: RequestInit): Promise<Answer<T>> {
  const response = await reach(url, init);
  const body = await readJson(response);
  if (response.ok && response.status === 204) return { data: null as T, cursor: null };
  if (response.ok && body?.success === true) return { data: body.data as T, cursor: body.meta?.pagination?.cursor ?? null };
  throw refusal(url, response, body);
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { origin } = new URL(url);
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    const reason =
      (error as Error).name === 'TimeoutError' ? `no answer in ${TIMEOUT_MS / 1000} s` : (cause?.code ?? cause?.message ?? String(error));
    throw new AdminError(`${origin} can’t be reached (${reason}). Is the product running there? Name another address with --url.`, {
      status: 0,
      code: 'UNREACHABLE',
    });
  }
}

/** The parts of both bodies, envelope and problem, that matter here. */
interface Body {
  success?: boolean;
  data?: unknown;
  code?: string;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
  meta?: { requestId?: string; pagination?: { cursor?: string | null } };
}

async function readJson(response: Response): Promise<Body | null> {
  try {
    return (await response.json()) as Body | null;
  } catch {
    return null;
  }
}

function refusal(url: string, { status }: Response, body: Body | null): AdminError {
  if (typeof body?.code !== 'string') {
    return new AdminError(`${new URL(url).origin} answered ${status} without a body that API-Factory writes. Check --url.`, {
      status,
      code: 'UNEXPECTED_ANSWER',
    });
  }
  const { code, detail = '', errors = [], meta } = body;
  const fields = errors.length > 1 ? errors.map((error) => `\n  ${error.pointer} ${error.detail}`).join('') : '';
  const requestId = meta?.requestId ?? null;
  const trace = requestId === null ? '' : ` (request ${requestId})`;
  return new AdminError(`${status} ${code}: ${detail}${trace}${fields}`, { status, code, requestId });
}
