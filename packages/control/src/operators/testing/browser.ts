import { ADMIN_KEY, type ControlApp, type Reply } from '../../testing/app.ts';

/** A signed-in browser, as the console uses it. */
export interface Browser {
  /** The whole `Set-Cookie` of the sign-in. */
  setCookie: string;
  token: string;
  csrf: string;
  cookie: { cookie: string };
  /** Header fields of a write. */
  confirmed: { cookie: string; 'x-csrf-token': string };
  read: (path?: string) => Promise<Reply>;
  write: (method: string, path: string, body?: unknown) => Promise<Reply>;
}

/** Signs a new browser in. @throws Error when it is refused */
export async function signedIn(control: ControlApp, key = ADMIN_KEY, headers: Record<string, string> = {}): Promise<Browser> {
  const reply = await control.callAs(headers, 'POST', '/session', { key });
  if (reply.status !== 201) throw new Error(`sign-in was answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  const setCookie = reply.headers['set-cookie'] ?? '';
  const cookie = { cookie: setCookie.split(';', 1)[0] ?? '' };
  const csrf = reply.body.data.csrfToken as string;
  const confirmed = { ...cookie, 'x-csrf-token': csrf };
  return {
    setCookie,
    token: cookie.cookie.slice('af_session='.length),
    csrf,
    cookie,
    confirmed,
    read: (path = '/session') => control.callAs(cookie, 'GET', path),
    write: (method, path, body) => control.callAs(confirmed, method, path, body),
  };
}
