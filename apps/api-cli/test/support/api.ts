export const ADMIN_KEY = 'operator-key-for-tests-0123456789abcdef';

/** A response with its parsed body. */
export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape
  body: any;
}

export interface IssuedKey {
  id: string;
  key: string;
  entitlementId: string;
}

/** The limits of a plan; null means unlimited. */
export interface PlanLimits {
  quota?: number | null;
  period?: 'month' | 'day';
  rate?: number | null;
  windowSeconds?: number;
}

export interface Api {
  address: string;
  request: (method: string, path: string, options?: { headers?: Record<string, string>; body?: unknown; text?: string }) => Promise<Answer>;
  /** Sends a request with the operator key. */
  admin: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Runs an action with an API key. */
  call: (key: string, action?: string, payload?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Creates a plan and returns its id. */
  plan: (terms?: PlanLimits) => Promise<string>;
  /** Creates a key, by default on a new plan. */
  issue: (options?: PlanLimits & { plan?: string; entitlementId?: string; expiresAt?: string }) => Promise<IssuedKey>;
}

let plans = 0;

/** These limits as fields of the operator API. */
export const planLimits = ({ quota = 1_000, period = 'month', rate = 100_000, windowSeconds = 60 }: PlanLimits) => ({
  quota: { limit: quota, period },
  rate: { limit: rate, windowSeconds },
});

/** A client of the product at `address`. */
export function apiAt(address: string): Api {
  const request: Api['request'] = async (method, path, { headers = {}, body, text } = {}) => {
    const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(payload === undefined ? {} : { body: payload }),
    });
    const content = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(content) : content };
  };
  const admin: Api['admin'] = (method, path, body, headers = {}) =>
    request(method, `/api/admin${path}`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const plan: Api['plan'] = async (terms = {}) => {
    const id = `plan-${++plans}`;
    await expectStatus(admin('POST', '/plans', { id, name: id, ...planLimits(terms) }), 201);
    return id;
  };
  return {
    address,
    request,
    admin,
    call: (key, action = 'echo', payload = {}, headers = {}) =>
      request('POST', '/api/v1/actions', { headers: { authorization: `Bearer ${key}`, ...headers }, body: { action, payload } }),
    plan,
    issue: async ({ plan: named, entitlementId, expiresAt, ...terms } = {}) => {
      const planId = entitlementId === undefined ? (named ?? (await plan(terms))) : undefined;
      const fields = {
        name: 'test',
        ...(planId ? { plan: planId } : {}),
        ...(entitlementId ? { entitlementId } : {}),
        ...(expiresAt ? { expiresAt } : {}),
      };
      return (await expectStatus(admin('POST', '/keys', fields), 201)).body.data;
    },
  };
}

/** @throws Error with the body when the status is different */
export async function expectStatus(answer: Promise<Answer>, status: number): Promise<Answer> {
  const received = await answer;
  if (received.status !== status) throw new Error(`expected ${status}, got ${received.status}: ${JSON.stringify(received.body)}`);
  return received;
}
