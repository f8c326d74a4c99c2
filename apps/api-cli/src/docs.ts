import { CODES, type Code, isCode, ProblemError } from '@api-factory/core';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { createReference } from './reference.ts';

/** Options of a route that is for people: the contract is about what programs call. */
export const NOT_IN_CONTRACT = { schema: { hide: true } };

export interface DocsOptions {
  version: string;
  /** What stands at `/` while there is no console. */
  withFirstPage: boolean;
}

/** The contract as JSON and YAML, its reference at /docs, a page for every error code, and the first page where it is wanted. */
export async function docsRoutes(app: FastifyInstance, { version, withFirstPage }: DocsOptions): Promise<void> {
  app.get('/openapi.json', NOT_IN_CONTRACT, async () => app.swagger());
  app.get('/openapi.yaml', NOT_IN_CONTRACT, async (_request, reply) => {
    const { contractYaml } = await import('./yaml.ts');
    return reply.type('application/yaml; charset=utf-8').send(contractYaml(app));
  });
  await app.register(async (scope) => {
    await scope.register(helmet, {
      contentSecurityPolicy: { useDefaults: false, directives: PAGE_POLICY },
      strictTransportSecurity: false,
    });
    if (withFirstPage) scope.get('/', NOT_IN_CONTRACT, async (_request, reply) => reply.type(HTML).send(firstPage(version)));
    scope.get('/docs/errors', NOT_IN_CONTRACT, async (_request, reply) => reply.type(HTML).send(errorList()));
    scope.get<{ Params: { code: string } }>('/docs/errors/:code', NOT_IN_CONTRACT, async (request, reply) => {
      const { code } = request.params;
      if (!isCode(code)) throw new ProblemError('NOT_FOUND', { detail: 'No error has this code; /docs/errors lists them.' });
      return reply.type(HTML).send(errorPage(code));
    });
  });
  let reference: ReturnType<typeof createReference> | null = null;
  app.get('/docs', NOT_IN_CONTRACT, async (_request, reply) => reply.redirect('/docs/'));
  for (const path of ['/docs/', '/docs/js/scalar.js']) {
    app.get(path, NOT_IN_CONTRACT, async (_request, reply) => {
      reference ??= import('./reference.ts').then((module) => module.createReference());
      const { status, contentType, body, policy } = await (await reference)(path);
      return reply.code(status).type(contentType).header('content-security-policy', policy).send(body);
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
  const { status, title, mend } = CODES[code];
  return page(
    code,
    `<h1>${prose(title)}</h1>\n<p><code>${code}</code>, HTTP status ${status}</p>\n<p>${prose(mend)}</p>\n<p><a href="/docs/errors">All codes</a></p>`,
  );
}
