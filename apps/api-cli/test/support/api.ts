export const ADMIN_KEY = 'operator-key-for-tests-0123456789abcdef';

/** An answer with its body read. */
export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any;
}

export interface IssuedKey {
  id: string;
  key: string;
  entitlementId: string;
}

/** The limits of a plan: null is unlimited. */
export interface PlanLimits {
  quota?: number | null;
  period?: 'month' | 'day';
  rate?: number | null;
  windowSeconds?: number;
}

export interface Api {
  address: string;
  request: (method: string, path: string, options?: { headers?: Record<string, string>; body?: unknown; text?: string }) => Promise<Answer>;
  /** A request with the operator key. */
  admin: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Runs an action with an API key. */
  call: (key: string, action?: string, payload?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Creates a plan and returns its id. */
  plan: (terms?: PlanLimits) => Promise<string>;
  /** Creates a key, on a new plan unless one is named. */
  issue: (options?: PlanLimits & { plan?: string; entitlementId?: string; expiresAt?: string }) => Promise<IssuedKey>;
}

let plans = 0;

/** The fields of the operator API for these limits. */
export const planLimits = ({ quota = 1_000, period = 'month', rate = 100_000, windowSeconds = 60 }: PlanLimits) => ({
  quota: { limit: quota, period },
  rate: { limit: rate, windowSeconds },
});

/** A client of the product at `address`. */
export function apiAt(address: string): Api {
  const request: Api['request'] = async (method, path, { headers = {}, body, text } = {}) => {
    const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await fetch(`${address}${path}`, {
      method,
      headers: { ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(payload === undefined ? {} : { body: payload }),
    });
    const got = await answer.text();
    const isJson = (answer.headers.get('content-type') ?? '').includes('json');
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(got) : got };
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
  const got = await answer;
  if (got.status !== status) throw new Error(`expected ${status}, got ${got.status}: ${JSON.stringify(got.body)}`);
  return got;
}
