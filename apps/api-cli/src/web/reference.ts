import { hash } from 'node:crypto';
import scalar from '@scalar/fastify-api-reference';
import Fastify from 'fastify';
import { documentOf, type PublicDocument } from './document.ts';
import { HTML } from './page.ts';

/** A file of an API reference. */
export interface ReferenceFile {
  document: PublicDocument;
  /**
   * The file's Content-Security-Policy: only the page's own scripts run, and nothing loads from
   * another host.
   */
  policy: string;
}

export type ReferencePath = '/docs/' | '/docs/operator/' | '/docs/js/scalar.js';

const SCRIPT = '/docs/js/scalar.js';

/** The API reference and the operator API reference, which share one script. */
export async function createReference(): Promise<Record<ReferencePath, ReferenceFile>> {
  const script = await scalarScript();
  return {
    '/docs/': referencePage('API-Factory: API reference', '/docs/openapi.json'),
    '/docs/operator/': referencePage('API-Factory: operator API reference', '/docs/operator/openapi.json'),
    [SCRIPT]: { document: documentOf('application/javascript; charset=utf-8', script), policy: policyFor([]) },
  };
}

/** The script as the plugin serves it: the package exports no path to the file. */
async function scalarScript(): Promise<Buffer> {
  const app = Fastify();
  await app.register(scalar, { routePrefix: '/docs', configuration: { url: '/openapi.json' } });
  const { statusCode, rawPayload } = await app.inject({ url: SCRIPT });
  await app.close();
  if (statusCode !== 200) throw new Error(`@scalar/fastify-api-reference returned status ${statusCode} for ${SCRIPT}`);
  return rawPayload;
}

function referencePage(title: string, url: string): ReferenceFile {
  const configuration = {
    url,
    withDefaultFonts: false,
    telemetry: false,
    metaData: { title },
    showDeveloperTools: 'never',
    agent: { disabled: true },
    mcp: { disabled: true },
    hideClientButton: true,
  };
  const inline = `Scalar.createApiReference('#app', ${JSON.stringify(configuration)})`;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
</head>
<body>
<div id="app"></div>
<script src="${SCRIPT}"></script>
<script>${inline}</script>
</body>
</html>
`;
  return { document: documentOf(HTML, html), policy: policyFor([inline]) };
}

function policyFor(inlineScripts: string[]): string {
  const hashes = inlineScripts.map((script) => `'sha256-${hash('sha256', script, 'base64')}'`);
  return [
    "default-src 'none'",
    ['script-src', "'self'", ...hashes].join(' '),
    "style-src 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}
