import { CODES, type Code, isCode, ProblemError } from '@api-factory/core';
import type { AddressLimit } from '@api-factory/gateway';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { documentOf, madeOnce, type PublicDocument, sendDocument } from './document.ts';

/** Options of a route that is for people: the contract is about what programs call. */
export const NOT_IN_CONTRACT = { schema: { hide: true } };

export interface DocsOptions {
  version: string;
  /** Bounds what one address may fetch. */
  limit: AddressLimit;
  /** What stands at `/` while there is no console. */
  withFirstPage: boolean;
}

/** The contract as JSON and YAML, its reference at /docs, a page for every error code, and the first page where it is wanted. */
export async function docsRoutes(app: FastifyInstance, options: DocsOptions): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRequest', options.limit);
    contractRoutes(scope);
    await scope.register((pages) => pageRoutes(pages, options));
    referenceRoutes(scope);
  });
}

function contractRoutes(app: FastifyInstance): void {
  const json = madeOnce(() => documentOf('application/json; charset=utf-8', JSON.stringify(app.swagger())));
  const yaml = madeOnce(async () => {
    const { contractYaml } = await import('./yaml.ts');
    return documentOf('application/yaml; charset=utf-8', contractYaml(app));
  });
  app.get('/openapi.json', NOT_IN_CONTRACT, async (request, reply) => sendDocument(request, reply, await json()));
  app.get('/openapi.yaml', NOT_IN_CONTRACT, async (request, reply) => sendDocument(request, reply, await yaml()));
}

async function pageRoutes(app: FastifyInstance, { version, withFirstPage }: DocsOptions): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: PAGE_POLICY },
    strictTransportSecurity: false,
  });
  if (withFirstPage) {
    const first = documentOf(HTML, firstPage(version));
    app.get('/', NOT_IN_CONTRACT, async (request, reply) => sendDocument(request, reply, first));
  }
  const list = madeOnce(() => documentOf(HTML, errorList()));
  const pages = new Map<Code, PublicDocument>();
  app.get('/docs/errors', NOT_IN_CONTRACT, async (request, reply) => sendDocument(request, reply, await list()));
  app.get<{ Params: { code: string } }>('/docs/errors/:code', NOT_IN_CONTRACT, async (request, reply) => {
    const { code } = request.params;
    if (!isCode(code)) throw new ProblemError('NOT_FOUND', { detail: 'No error has this code; /docs/errors lists them.' });
    const page = pages.get(code) ?? documentOf(HTML, errorPage(code));
    pages.set(code, page);
    return sendDocument(request, reply, page);
  });
}

/** The reference is larger than the rest of the product, so it is loaded when somebody first looks at it. */
function referenceRoutes(app: FastifyInstance): void {
  const reference = madeOnce(async () => (await import('./reference.ts')).createReference());
  app.get('/docs', NOT_IN_CONTRACT, async (_request, reply) => reply.redirect('/docs/'));
  for (const path of ['/docs/', '/docs/js/scalar.js']) {
    const file = madeOnce(async () => (await reference())(path));
    app.get(path, NOT_IN_CONTRACT, async (request, reply) => {
      const { policy, document } = await file();
      return sendDocument(request, reply.header('content-security-policy', policy), document);
    });
  }
}

const HTML = 'text/html; charset=utf-8';
const PAGE_POLICY = { defaultSrc: ["'none'"], styleSrc: ["'unsafe-inline'"], frameAncestors: ["'none'"] };
const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
code { font-family: ui-monospace, monospace; }
li { margin: 0.25rem 0; }
</style>
</head>
<body>
${body}
</body>
</html>
`;

/** Text of ours between backticks becomes code; everything else is escaped. */
const prose = (text: string): string =>
  text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] as string).replace(/`([^`]+)`/g, '<code>$1</code>');

const firstPage = (version: string): string =>
  page(
    'API-Factory',
    `<h1>API-Factory</h1>
<p>Version ${version} is running.</p>
<p>The console is not built. <code>npm start</code> builds it.</p>
<ul>
<li><a href="/docs">Reference of the API</a> (<a href="/openapi.yaml">openapi.yaml</a>)</li>
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
    `<h1>${prose(title)}</h1>\n<p><code>${code}</code>, HTTP status ${status}</p>\n<p>${prose(fix)}</p>\n<p><a href="/docs/errors">All codes</a></p>`,
  );
}
