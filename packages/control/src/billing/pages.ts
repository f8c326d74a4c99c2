import { readFile } from 'node:fs/promises';
import { ProblemError } from '@api-factory/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import type { Billing } from './model.ts';
import { requireBilling } from './require.ts';

const FOLDER = new URL('./pages/', import.meta.url);

const PAGES = { '/checkout': 'checkout.html', '/checkout/done': 'done.html', '/checkout/manage': 'manage.html' };
const PARTS = ['pages.css', 'ask.js', 'checkout.js', 'done.js', 'manage.js'];

const HEADERS = {
  // Scripts, styles and calls of this origin alone; no form leads anywhere, and nobody frames a page that shows a key.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

const SANDBOX_BANNER = '<p class="banner" role="note">Local sandbox, not Stripe. No money moves here.</p>';
/** Says that a redirect to the public address was made already: behind a proxy that hides the name that the browser used, it would never end. */
const REDIRECTED = 'at';

/** The buyer's pages: price list, the way back from the pay page, and the way to Stripe's portal. Plain files, read once. */
export async function billingPages(app: FastifyInstance, context: Context): Promise<void> {
  const files = await readFiles();
  for (const [path, name] of Object.entries(PAGES)) {
    const html = files.get(name) ?? '';
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      const billing = requireBilling(context);
      const elsewhere = publicAddress(request, billing);
      if (elsewhere !== null) return reply.headers(HEADERS).redirect(elsewhere, 302);
      const banner = billing.mode === 'sandbox' ? SANDBOX_BANNER : '';
      return send(reply, 'text/html; charset=utf-8', html.replace('<!--banner-->', banner));
    });
  }
  app.get('/checkout/parts/:name', { schema: { hide: true } }, async (request, reply) => {
    requireBilling(context);
    const { name } = request.params as { name: string };
    const text = PARTS.includes(name) ? files.get(name) : undefined;
    if (text === undefined) throw new ProblemError('NOT_FOUND');
    return send(reply, name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8', text);
  });
}

const send = (reply: FastifyReply, type: string, text: string) => reply.headers(HEADERS).type(type).send(text);

/** Where the page lies under the public address, when the browser came by another name: cookies are per host. Else null. */
function publicAddress(request: FastifyRequest, { publicUrl }: Billing): string | null {
  const origin = publicUrl();
  const { host } = new URL(origin);
  const named = [request.headers.host, request.headers['x-forwarded-host']].some((name) => String(name).toLowerCase() === host);
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  if (named || query.get(REDIRECTED) === 'public') return null;
  query.set(REDIRECTED, 'public');
  return `${origin}${request.url.split('?', 1)[0]}?${query}`;
}

async function readFiles(): Promise<Map<string, string>> {
  const names = [...Object.values(PAGES), ...PARTS];
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, FOLDER), 'utf8')] as const)));
}
