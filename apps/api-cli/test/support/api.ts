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

/** Plan fields in short: null is unlimited. */
export interface Terms {
  quota?: number | null;
  period?: 'month' | 'day';
  rate?: number | null;
  windowSeconds?: number;
}

export interface Api {
  address: string;
  request: (method: string, path: string, options?: { headers?: Record<string, string>; body?: unknown; text?: string }) => Promise<Answer>;
  /** A call with the operator key. */
  admin: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Runs an action with an API key. */
  call: (key: string, action?: string, payload?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Makes a plan and returns its id. */
  plan: (terms?: Terms) => Promise<string>;
  /** Makes a key, on a plan of its own unless one is named. */
  issue: (options?: Terms & { plan?: string; entitlementId?: string; expiresAt?: string }) => Promise<IssuedKey>;
}

let made = 0;

export const termsOf = ({ quota = 1_000, period = 'month', rate = 100_000, windowSeconds = 60 }: Terms) => ({
  quota: { limit: quota, period },
  rate: { limit: rate, windowSeconds },
});

/** A client of the product at `address`. */
export function apiAt(address: string, adminKey: string): Api {
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
      headers: { authorization: `Bearer ${adminKey}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const plan: Api['plan'] = async (terms = {}) => {
    const id = `plan-${++made}`;
    await expectStatus(admin('POST', '/plans', { id, name: id, ...termsOf(terms) }), 201);
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

/** @throws Error with the body when the status is another */
export async function expectStatus(answer: Promise<Answer>, status: number): Promise<Answer> {
  const got = await answer;
  if (got.status !== status) throw new Error(`expected ${status}, got ${got.status}: ${JSON.stringify(got.body)}`);
  return got;
}
