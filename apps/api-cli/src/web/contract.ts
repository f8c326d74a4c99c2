/** The static part of the contract; the route schemas add the rest. */
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
    { name: 'health', description: 'Health, readiness and metrics' },
    { name: 'hello', description: 'Public pack for testing the connection' },
    { name: 'actions', description: 'Guarded pack' },
    { name: 'session', description: 'Console sign-in' },
    { name: 'operators', description: 'Operator keys' },
    { name: 'keys', description: 'API keys' },
    { name: 'plans', description: 'Plans: quota and rate limit' },
    { name: 'consumers', description: 'Owners of API keys' },
    { name: 'billing', description: 'Plans for sale, and Stripe events, subscriptions and disputes' },
    { name: 'usage', description: 'Usage of the APIs' },
    { name: 'audit', description: 'Who changed what' },
  ],
  components: {
    securitySchemes: {
      bearerAuth: { type: 'http' as const, scheme: 'bearer', description: 'An API key, or the operator key under /api/admin' },
      sessionCookie: {
        type: 'apiKey' as const,
        in: 'cookie' as const,
        name: 'af_session',
        description: 'A console session. Writes also need the `x-csrf-token` header, with the token from `GET /api/admin/session`',
      },
      apiKeyAuth: { type: 'apiKey' as const, in: 'header' as const, name: 'x-api-key' },
    },
  },
});

export async function contractYaml(contract: object): Promise<string> {
  // Loaded only when YAML is requested.
  const { stringify } = await import('yaml');
  const text = stringify(contract, { aliasDuplicateObjects: false, lineWidth: 0 });
  return `# Generated from the route schemas by \`pnpm openapi\`. Do not edit.\n${text}`;
}
