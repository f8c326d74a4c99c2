import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The sandbox's walls. The `check…` functions are hooks (`onRequest`): each throws an error with a `statusCode` when the request must not go on. */
export interface Access {
  /** 421 unless Host is a loopback name with the sandbox's port: a foreign name that resolves to 127.0.0.1 (DNS rebinding) ends here. For every route. */
  checkHost(request: FastifyRequest): Promise<void>;
  /** 403 unless a page of the sandbox itself sends this. For every post of a page. */
  checkOrigin(request: FastifyRequest): Promise<void>;
  /** 403 for another page in the browser, 401 without `Authorization: Bearer <token>`. For /_sandbox. A token in the query counts as none. */
  checkToken(request: FastifyRequest): Promise<void>;
  /** The Set-Cookie value of someone who knows the token; null for anyone else. */
  signIn(token: string): string | null;
  /** Whether the request carries that cookie. */
  signedIn(request: FastifyRequest): boolean;
  /** Sets the header fields of a page. `formTargets`: origins, beside its own, to which a form of the page may lead by a redirect. */
  protectPage(reply: FastifyReply, formTargets?: string[]): void;
}

export type AccessOptions = {
  token: string;
  /** Where the sandbox listens, such as `http://127.0.0.1:8790`; known once it listens. */
  url: () => string;
};

const SIGNED_IN_SECONDS = 12 * 60 * 60;

export function createAccess({ token, url }: AccessOptions): Access {
  // Cookies are not kept apart by port: another local server may be sent this one. So it is not the token, and opens only the index page.
  const cookieValue = createHmac('sha256', token).update('page').digest('hex');
  const cookieName = () => `billing_sandbox_${portOf(url())}`;
  return {
    async checkHost({ headers }) {
      if (!ownHosts(url()).includes(headers.host ?? '')) throw refusal(421, 'This host name is not the sandbox.');
    },
    async checkOrigin(request) {
      refuseOtherPages(request, url());
      const { origin, 'sec-fetch-site': site } = request.headers;
      if (origin === undefined && site === undefined) throw refusal(403, 'A form is sent by a page of the sandbox.');
    },
    async checkToken(request) {
      refuseOtherPages(request, url());
      const [, given] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
      if (given === undefined || !sameSecret(given, token)) throw refusal(401, 'The token of the sandbox is missing or wrong.');
    },
    signIn(given) {
      if (!sameSecret(given, token)) return null;
      return `${cookieName()}=${cookieValue}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${SIGNED_IN_SECONDS}`;
    },
    signedIn({ headers }) {
      const name = `${cookieName()}=`;
      const cookies = (headers.cookie ?? '').split('; ');
      return cookies.some((cookie) => cookie.startsWith(name) && sameSecret(cookie.slice(name.length), cookieValue));
    },
    protectPage: (reply, formTargets = []) => void reply.headers(pageHeaders(formTargets)),
  };
}

/** Whether only this machine can reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function ownHosts(url: string): string[] {
  const port = portOf(url);
  return [new URL(url).host, ...['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`)];
}

function portOf(url: string): string {
  return new URL(url).port || '80';
}

/**
 * A page with `Referrer-Policy: no-referrer` sends `Origin: null` with its own forms (Fetch, "append a request Origin header"), and so does a
 * sandboxed frame of anyone: null is taken only where Sec-Fetch-Site says that it is the same origin.
 */
function refuseOtherPages({ headers }: FastifyRequest, url: string): void {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw refusal(403, 'Another page must not do this.');
  if (origin === undefined || (origin === 'null' && site === 'same-origin')) return;
  const own = ownHosts(url).map((name) => `http://${name}`);
  if (!own.includes(origin) || origin !== `http://${host}`) throw refusal(403, 'Another page must not do this.');
}

function pageHeaders(formTargets: string[]): Record<string, string> {
  // Browsers hold a form's redirect to form-action as well.
  const formAction = ["'self'", ...formTargets].join(' ');
  return {
    'content-security-policy': `default-src 'none'; style-src 'self'; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`,
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-store',
  };
}

/** In a time that does not tell how much of it was right. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function refusal(statusCode: number, message: string): Error {
  return Object.assign(new Error(message), { statusCode });
}
