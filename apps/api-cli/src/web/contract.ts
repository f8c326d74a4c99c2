import type { FastifyInstance } from 'fastify';

/** What every view of the contract begins with; the routes' schemas add the rest. */
export const contractHead = (version: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'API-Factory',
    version,
    description: 'Keys, limits, metering and the built-in packs. Every error is a problem (RFC 9457) with a code.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/', description: 'This installation' }],
  tags: [
    { name: 'health', description: 'Whether it works' },
    { name: 'hello', description: 'Public pack, to see that it answers' },
    { name: 'actions', description: 'Guarded pack' },
    { name: 'session', description: 'Who is signed in to the console' },
    { name: 'operators', description: 'Operator keys' },
    { name: 'keys', description: 'API keys' },
    { name: 'plans', description: 'What is sold: quota and rate' },
    { name: 'consumers', description: 'Who calls' },
    { name: 'billing', description: 'What is sold, and what Stripe says' },
    { name: 'usage', description: 'What was called' },
    { name: 'audit', description: 'Who changed what' },
  ],
  components: {
    securitySchemes: {
      bearerAuth: { type: 'http' as const, scheme: 'bearer', description: 'An API key, or the operator key under /api/admin' },
      sessionCookie: {
        type: 'apiKey' as const,
        in: 'cookie' as const,
        name: 'af_session',
        description: 'A session of the console. A write needs the header `x-csrf-token` too, as `GET /api/admin/session` gives it',
      },
      apiKeyAuth: { type: 'apiKey' as const, in: 'header' as const, name: 'x-api-key' },
    },
  },
});

/** The whole contract of an app that is ready, as YAML. */
export async function contractYaml(app: FastifyInstance): Promise<string> {
  // Loaded only where YAML is asked for.
  const { stringify } = await import('yaml');
  const text = stringify(app.swagger(), { aliasDuplicateObjects: false, lineWidth: 0 });
  return `# Made from the routes' schemas by \`pnpm openapi\`. Do not edit.\n${text}`;
}
