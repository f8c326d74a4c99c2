import { CODES, type Code, isCode, ProblemError } from '@api-factory/core';
import type { AddressLimit } from '@api-factory/gateway';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { type Audience, type Contract, viewFor } from './audience.ts';
import { contractYaml } from './contract.ts';
import { documentOf, madeOnce, type PublicDocument, sendDocument } from './document.ts';
import { opensPage, sendNotFoundPage } from './not-found-page.ts';
import { HTML, PAGE_POLICY, page } from './page.ts';

/** Options of a route for browsers: the contract lists only what programs call. */
export const NOT_IN_CONTRACT = { schema: { hide: true } };

export interface DocsOptions {
  version: string;
  /** Reads the contract, on the first request. */
  contract: () => Promise<Contract>;
  /** Limits how many documents one address may fetch. */
  limit: AddressLimit;
  /** Serves a page at `/`, for when the console is not built. */
  withFirstPage: boolean;
}

/**
 * Serves the contract as JSON and YAML, a reference for each audience, a page for every error code,
 * and optionally the first page.
 */
export async function docsRoutes(app: FastifyInstance, options: DocsOptions): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRequest', options.limit);
    contractRoutes(scope, madeOnce(options.contract));
    await scope.register((pages) => pageRoutes(pages, options));
    referenceRoutes(scope);
  });
}

function contractRoutes(app: FastifyInstance, contract: () => Promise<Contract>): void {
  const view = async (audience: Audience) => jsonOf(viewFor(audience, await contract()));
  documentRoute(app, '/openapi.json', async () => jsonOf(await contract()));
  documentRoute(app, '/openapi.yaml', async () => documentOf('application/yaml; charset=utf-8', await contractYaml(await contract())));
  documentRoute(app, '/docs/openapi.json', () => view('consumer'));
  documentRoute(app, '/docs/operator/openapi.json', () => view('operator'));
}

const jsonOf = (value: object): PublicDocument => documentOf('application/json; charset=utf-8', JSON.stringify(value));

function documentRoute(app: FastifyInstance, path: string, make: () => PublicDocument | Promise<PublicDocument>): void {
  const document = madeOnce(make);
  app.get(path, NOT_IN_CONTRACT, async (request, reply) => sendDocument(request, reply, await document()));
}

async function pageRoutes(app: FastifyInstance, { version, withFirstPage }: DocsOptions): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: PAGE_POLICY },
    strictTransportSecurity: false,
  });
  if (withFirstPage) documentRoute(app, '/', () => documentOf(HTML, firstPage(version)));
  documentRoute(app, '/docs/errors', () => documentOf(HTML, errorList()));
  const pages = new Map<Code, PublicDocument>();
  app.get<{ Params: { code: string } }>('/docs/errors/:code', NOT_IN_CONTRACT, async (request, reply) => {
    const { code } = request.params;
    if (!isCode(code)) {
      if (opensPage(request)) return sendNotFoundPage(reply);
      throw new ProblemError('NOT_FOUND', { detail: 'No error has this code; /docs/errors lists them.' });
    }
    const document = pages.get(code) ?? documentOf(HTML, errorPage(code));
    pages.set(code, document);
    return sendDocument(request, reply, document);
  });
}

/**
 * The reference's script is larger than the rest of the product, so it is loaded on the first
 * request.
 */
function referenceRoutes(app: FastifyInstance): void {
  const reference = madeOnce(async () => (await import('./reference.ts')).createReference());
  for (const path of ['/docs', '/docs/operator']) {
    app.get(path, NOT_IN_CONTRACT, async (_request, reply) => reply.redirect(`${path}/`));
  }
  for (const path of ['/docs/', '/docs/operator/', '/docs/js/scalar.js'] as const) {
    app.get(path, NOT_IN_CONTRACT, async (request, reply) => {
      const { policy, document } = (await reference())[path];
      return sendDocument(request, reply.header('content-security-policy', policy), document);
    });
  }
}

/** Escapes text and turns backticks into `<code>`. */
const prose = (text: string): string =>
  text.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] as string).replace(/`([^`]+)`/g, '<code>$1</code>');

const firstPage = (version: string): string =>
  page(
    'API-Factory',
    `<h1>API-Factory</h1>
<p>Version ${version} is running.</p>
<p>The console is not built. <code>npm start</code> builds it.</p>
<ul>
<li><a href="/docs/">API reference</a> and <a href="/docs/operator/">operator API reference</a> (<a href="/openapi.yaml">openapi.yaml</a>)</li>
<li><a href="/docs/errors">Error codes</a></li>
<li><a href="/_api/healthz">Health</a></li>
</ul>`,
  );

const errorList = (): string =>
  page(
    'Error codes',
    `<h1>Error codes</h1>\n<ul>\n${(Object.keys(CODES) as Code[])
      .map((code) => `<li><a href="/docs/errors/${code}"><code>${code}</code></a> ${CODES[code].status}: ${prose(CODES[code].title)}</li>`)
      .join('\n')}\n</ul>`,
  );

function errorPage(code: Code): string {
  const { status, title, fix } = CODES[code];
  return page(
    code,
    `<h1>${prose(title)}</h1>\n<p><code>${code}</code>, HTTP status ${status}</p>\n<p>${prose(fix)}</p>\n<p><a href="/docs/errors">All error codes</a></p>`,
  );
}
