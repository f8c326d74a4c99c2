import { hash } from 'node:crypto';
import scalar from '@scalar/fastify-api-reference';
import Fastify from 'fastify';
import { documentOf, type PublicDocument } from './document.ts';

/** A file of the API reference. */
export interface ReferenceFile {
  document: PublicDocument;
  /** Content-Security-Policy for it: only what the page itself brings may run, and nothing comes from another host. */
  policy: string;
}

/**
 * The API reference as an app of its own, asked from inside.
 * @returns a function that reads the file at a path. @throws Error when there is none
 */
export async function createReference(): Promise<(path: string) => Promise<ReferenceFile>> {
  const app = Fastify();
  await app.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      withDefaultFonts: false,
      telemetry: false,
      metaData: { title: 'API-Factory: reference' },
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
    } as object,
  });
  await app.ready();
  return async (path) => {
    const { statusCode, headers, rawPayload } = await app.inject({ url: path });
    const contentType = String(headers['content-type'] ?? 'application/octet-stream');
    if (statusCode !== 200) throw new Error(`the reference answers ${path} with ${statusCode}`);
    return { document: documentOf(contentType, rawPayload), policy: policyFor(contentType, rawPayload) };
  };
}

function policyFor(contentType: string, body: Buffer): string {
  const inline = contentType.startsWith('text/html') ? [...body.toString('utf8').matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)] : [];
  const hashes = inline.map(([, script = '']) => `'sha256-${hash('sha256', script, 'base64')}'`).join(' ');
  return [
    "default-src 'none'",
    `script-src 'self' ${hashes}`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}
