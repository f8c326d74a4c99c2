import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Access control. The `check…` functions are `onRequest` hooks that throw an error with a
 * `statusCode`.
 */
export interface Access {
  /**
   * 421 unless Host is a loopback name with the sandbox's port, against DNS rebinding. For every
   * route.
   */
  checkHost(request: FastifyRequest): Promise<void>;
  /** 403 unless the form comes from a page of the sandbox. For every form. */
  checkOrigin(request: FastifyRequest): Promise<void>;
  /**
   * 403 for requests from other pages, 401 without `Authorization: Bearer <token>`. For /_sandbox.
   */
  checkToken(request: FastifyRequest): Promise<void>;
  /** The Set-Cookie value for a correct token; null otherwise. */
  signIn(token: string): string | null;
  /** Whether the request carries that cookie. */
  signedIn(request: FastifyRequest): boolean;
  /** Sets the headers of a page. `formTargets`: other origins that a form may redirect to. */
  protectPage(reply: FastifyReply, formTargets?: string[]): void;
}

export type AccessOptions = {
  token: string;
  /** The sandbox's origin, such as `http://127.0.0.1:8790`; known once it listens. */
  url: () => string;
};

const SIGNED_IN_SECONDS = 12 * 60 * 60;

export function createAccess({ token, url }: AccessOptions): Access {
  // Cookies don't distinguish ports, so other local servers may get this one. It is not the token
  // and opens only the index page.
  const cookieValue = createHmac('sha256', token).update('page').digest('hex');
  const cookieName = () => `billing_sandbox_${portOf(url())}`;
  return {
    async checkHost({ headers }) {
      if (!ownHosts(url()).includes(headers.host ?? ''))
        throw refusal(421, 'Unknown host. Use a loopback name with the port of the sandbox.');
    },
    async checkOrigin(request) {
      refuseOtherPages(request, url());
      const { origin, 'sec-fetch-site': site } = request.headers;
      if (origin === undefined && site === undefined) throw refusal(403, 'Forms are accepted from pages of the sandbox only.');
    },
    async checkToken(request) {
      refuseOtherPages(request, url());
      const [, bearer] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
      if (bearer === undefined || !sameSecret(bearer, token)) throw refusal(401, 'The sandbox token is missing or wrong.');
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

/** Whether a host is reachable from this machine only. */
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
 * A page with `Referrer-Policy: no-referrer` sends `Origin: null` with its own forms (Fetch,
 * "append a request Origin header"), and so does any sandboxed frame: null is accepted only if
 * Sec-Fetch-Site is `same-origin`.
 */
function refuseOtherPages({ headers }: FastifyRequest, url: string): void {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw refusal(403, 'Requests from other pages are refused.');
  if (origin === undefined || (origin === 'null' && site === 'same-origin')) return;
  const own = ownHosts(url).map((name) => `http://${name}`);
  if (!own.includes(origin) || origin !== `http://${host}`) throw refusal(403, 'Requests from other pages are refused.');
}

function pageHeaders(formTargets: string[]): Record<string, string> {
  // Browsers apply form-action to a form's redirects as well.
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

/** In constant time. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function refusal(statusCode: number, message: string): Error {
  return Object.assign(new Error(message), { statusCode });
}
