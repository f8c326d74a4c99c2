import type { FastifyInstance } from 'fastify';
import { StripeError } from './api/stripe-error.ts';
import type { Controls } from './controls-types.ts';

/** Every control as `POST /_sandbox/<kebab-name>` with a JSON body. The caller checks access. */
export function controlRoutes(app: FastifyInstance, controls: Controls): void {
  app.setErrorHandler((error, _request, reply) => {
    const known = error instanceof StripeError ? error : null;
    const status = known?.status ?? (error as { statusCode?: number }).statusCode ?? 500;
    return reply.status(status).send({ error: { message: (error as Error).message } });
  });
  for (const [name, run] of Object.entries(controls)) {
    app.post(`/_sandbox/${kebab(name)}`, async (request) => (run as (input: unknown) => unknown)(request.body ?? {}));
  }
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
