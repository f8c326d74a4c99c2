import { readFile } from 'node:fs/promises';
import { ProblemError } from '@api-factory/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { wantsHtml } from '../../http/wants-html.ts';
import type { Billing } from '../billing.ts';
import { requireBilling } from '../billing.ts';

const FOLDER = new URL('./pages/', import.meta.url);

/** `name` is the base name of the page's content and script. */
const PAGES = {
  '/checkout': { name: 'checkout', title: 'Choose a plan' },
  '/checkout/done': { name: 'done', title: 'Your API key' },
  '/checkout/manage': { name: 'manage', title: 'Manage your subscription' },
};
const LAYOUT = 'layout.html';
const HTML = 'text/html; charset=utf-8';
const PARTS = ['pages.css', 'ask.js', 'checkout.js', 'done.js', 'manage.js'];

const HEADERS = {
  // Only this origin; no form targets, and no framing of a page that shows a key.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

const SANDBOX_BANNER = '<p class="banner" role="note">Local sandbox, not Stripe. No real payments.</p>';
/**
 * Marks a redirect to the public address, which would loop behind a proxy that hides the original
 * host.
 */
const REDIRECTED = 'at';

/** Removed with `PORTAL_BY_KEY=off`. */
const BY_KEY = /<!--by-key-->[\s\S]*<!--\/by-key-->/;

const OFF = { title: 'No plans available', text: 'No plans are for sale on this site. Contact the operator for an API key.' };
const MISSING = {
  title: 'Page not found',
  text: 'Check the address. You can also <a href="/checkout">choose a plan</a> or <a href="/checkout/manage">manage your subscription</a>.',
};

/**
 * The buyer's pages: price list, return page and portal page. Static files, read once. When billing
 * is off or the page does not exist, browsers get a page and other clients a problem document.
 */
export async function billingPages(app: FastifyInstance, context: Context): Promise<void> {
  const files = await readFiles();
  const bannerOf = (billing: Billing | null) => (billing?.mode === 'sandbox' ? SANDBOX_BANNER : '');
  const layout = files.get(LAYOUT) ?? '';
  const sendMessage = (reply: FastifyReply, { title, text }: typeof OFF) => {
    const page = layOut(layout, { title, script: '', content: `<p class="lead">${text}</p>` });
    return send(reply.code(404), HTML, page.replace('<!--banner-->', bannerOf(context.billing)));
  };
  for (const [path, { name, title }] of Object.entries(PAGES)) {
    const script = `<script type="module" src="/checkout/parts/${name}.js"></script>`;
    const html = layOut(layout, { title, script, content: files.get(`${name}.html`) ?? '' });
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      if (context.billing === null && wantsHtml(request)) return sendMessage(reply, OFF);
      const billing = requireBilling(context);
      const redirect = publicAddress(request, billing);
      if (redirect !== null) return reply.headers(HEADERS).redirect(redirect, 302);
      const shown = billing.portalByKey ? html : html.replace(BY_KEY, '');
      return send(reply, HTML, shown.replace('<!--banner-->', bannerOf(billing)));
    });
  }
  app.get('/checkout/', { schema: { hide: true } }, async (request, reply) =>
    reply.headers(HEADERS).redirect(`/checkout${request.url.slice('/checkout/'.length)}`, 301),
  );
  app.get('/checkout/*', { schema: { hide: true } }, async (request, reply) => {
    if (!wantsHtml(request)) throw new ProblemError('NOT_FOUND');
    return sendMessage(reply, context.billing === null ? OFF : MISSING);
  });
  app.get('/checkout/parts/:name', { schema: { hide: true } }, async (request, reply) => {
    const { name } = request.params as { name: string };
    const text = PARTS.includes(name) ? files.get(name) : undefined;
    if (text === undefined) throw new ProblemError('NOT_FOUND');
    return send(reply, name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8', text);
  });
}

/** Replaces with functions, since `$` is special in replacement strings. */
const layOut = (layout: string, { title, script, content }: { title: string; script: string; content: string }): string =>
  layout
    .replaceAll('{{title}}', () => title)
    .replace('<!--script-->', () => script)
    .replace('<!--content-->', () => content);

const send = (reply: FastifyReply, type: string, text: string) => reply.headers(HEADERS).type(type).send(text);

/**
 * The page at the public address when the browser used another host, since cookies are per host;
 * else null.
 */
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
  const names = [LAYOUT, ...Object.values(PAGES).map(({ name }) => `${name}.html`), ...PARTS];
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, FOLDER), 'utf8')] as const)));
}
