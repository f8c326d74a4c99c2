import { type Context, openDatabase } from '@api-factory/control';
import { createServer, GatewayMetrics, packsForContract } from '@api-factory/gateway';
import { pino } from 'pino';
import { VERSION } from '../version.ts';
import { registerSurface } from './surface.ts';
import { contractYaml as yamlOf } from './yaml.ts';

/** The contract as YAML, made from the routes' schemas. Registers every route and serves none: no database is asked. */
export async function contractYaml(): Promise<string> {
  const log = pino({ level: 'silent' });
  const clock = { now: () => 0 };
  const metrics = new GatewayMetrics({ version: VERSION, node: '' });
  const app = await createServer({
    logger: log,
    clock,
    metrics,
    newRequestId: () => '',
    trustedProxyHops: 0,
    translateError: () => null,
    draining: () => false,
  });
  const context: Context = {
    db: openDatabase('postgres://localhost/never-asked'),
    clock,
    newId: (prefix) => prefix,
    randomBytes: (n) => new Uint8Array(n),
    log,
    keyMode: 'live',
    billing: null,
    adminKey: null,
    limits: { of: () => null },
    changed: async () => {},
    catchUp: async () => {},
    snapshotMaxAgeSeconds: 30,
    failedCredential: async () => null,
  };
  await registerSurface(app, {
    version: VERSION,
    context,
    billingJobs: null,
    planMover: null,
    failures: { count: async () => null },
    metrics,
    servePacks: packsForContract,
    uptimeSeconds: () => 0,
    checks: () => ({}),
    operatorConsole: null,
    settings: {
      corsOrigins: [],
      helloCallsPerMinute: 1,
      documentCallsPerMinute: 1,
      adminCallsPerMinute: 1,
      metricsToken: null,
      trustedProxyHops: 0,
      publicUrl: null,
    },
  });
  await app.ready();
  return yamlOf(app);
}
