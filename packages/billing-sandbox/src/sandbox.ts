import type { FastifyInstance } from 'fastify';
import { type Access, createAccess, isLoopback } from './access.ts';
import { routes } from './api/routes.ts';
import { apiRoutes, createApp, type Exchange } from './api/server.ts';
import { createControls } from './controls.ts';
import { controlRoutes } from './controls-http.ts';
import type { Controls } from './controls-types.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { createInjectedFaults } from './injected-faults.ts';
import { makeEndpoint } from './objects/account.ts';
import { pageRoutes } from './pages/pages.ts';
import { createPortalActions } from './portal-actions.ts';
import { openSecrets, type Secrets } from './secrets.ts';
import { createState } from './state.ts';
import { openStateFile, type StateFile } from './state-file.ts';

export type SandboxOptions = {
  /** Real time, epoch ms, used in signatures. The sandbox's time is this plus all advances. */
  clock: { now(): number };
  randomBytes: (n: number) => Uint8Array;
  /** Directory of its state and secrets (files of mode 0600); null: in memory only. */
  directory: string | null;
  /** 0: any free port. */
  port: number;
  /** 127.0.0.1 by default; must be loopback. */
  host?: string;
  /** `sk_test_…`; by default generated once and kept in the directory. */
  secretKey?: string;
  /** Called with every request, response and event. */
  onExchange?: (exchange: Exchange) => void;
};

export type Sandbox = {
  url: string;
  secretKey: string;
  webhookSecret: string;
  /** The bearer token of `/_sandbox/`. */
  token: string;
  controls: Controls;
  /** Sends events to this URL from now on, signed with `webhookSecret`. */
  deliverTo(url: string): void;
  /** Resolves when no event is in delivery or waiting for a retry; held ones don't count. */
  idle(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Starts a local stand-in for Stripe. Throws when the host is not loopback or the key is not a test
 * key.
 *
 * @example const sandbox = await startSandbox({ clock, randomBytes, directory: null, port: 0 });
 * const stripe = new Stripe(sandbox.secretKey, { host: '127.0.0.1', port, protocol: 'http',
 * telemetry: false });
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const host = options.host ?? '127.0.0.1';
  if (!isLoopback(host)) throw new Error(`The billing sandbox listens on loopback only, not on ${host}.`);
  const secrets = await openSecrets({ directory: options.directory, randomBytes: options.randomBytes, secretKey: options.secretKey });
  const file = await openStateFile(options.directory);
  const parts = compose(options, { secrets, file });
  await parts.app.listen({ host, port: options.port });
  parts.listening(addressOf(parts.app, host));
  const close = async () => {
    await parts.delivery.close();
    await parts.app.close();
    await file.close();
  };
  return {
    url: parts.url(),
    ...secrets,
    controls: parts.controls,
    deliverTo: (url) => {
      makeEndpoint(parts.engine.runtime, { id: 'we_sandbox', url, events: ['*'], description: null, secret: secrets.webhookSecret });
      file.changed();
    },
    idle: parts.delivery.idle,
    close,
  };
}

type Parts = {
  app: FastifyInstance;
  engine: Engine;
  delivery: Delivery;
  controls: Controls;
  url: () => string;
  listening: (url: string) => void;
};

function compose(options: SandboxOptions, { secrets, file }: { secrets: Secrets; file: StateFile }): Parts {
  const { clock, randomBytes } = options;
  let url = '';
  let answering: { id: string | null; idempotency_key: string | null } = { id: null, idempotency_key: null };
  const onExchange = options.onExchange ?? (() => {});
  const delivery = createDelivery({ state: file.state, clock, randomBytes, onChange: file.changed });
  const engine = createEngine({
    state: file.state,
    clock,
    randomBytes,
    request: () => answering,
    onEvent(event) {
      onExchange({ kind: 'event', method: null, path: event.type, status: null, body: event });
      delivery.enqueue(event);
      file.changed();
    },
  });
  const changed = () => {
    engine.changed();
    file.changed();
  };
  const injectedFaults = createInjectedFaults();
  const reset = () => {
    const { webhookEndpoints, inner } = file.state;
    Object.assign(file.state, createState(), { webhookEndpoints });
    file.state.inner.webhookSecrets = inner.webhookSecrets;
    delivery.reset();
    injectedFaults.clear();
  };
  const controls = createControls({ engine, delivery, injectFault: injectedFaults.add, reset, onChange: changed });
  const access = createAccess({ token: secrets.token, url: () => url });
  const app = createApp();
  app.addHook('onRequest', access.checkHost);
  app.register(async (api) => {
    apiRoutes(api, {
      runtime: engine.runtime,
      routes,
      secretKey: secrets.secretKey,
      pages: () => url,
      clock,
      catchUp: engine.catchUp,
      injectFault: injectedFaults.take,
      answering: (request) => {
        answering = request;
      },
      onChange: changed,
      onExchange,
    });
  });
  registerControls(app, { engine, controls, access, changed });
  return {
    app,
    engine,
    delivery,
    controls,
    url: () => url,
    listening(address) {
      url = address;
    },
  };
}

function addressOf(app: FastifyInstance, host: string): string {
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('The billing sandbox is not listening on a port.');
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

/** The controls as HTTP routes and as buttons on the pages. */
function registerControls(
  app: FastifyInstance,
  { engine, controls, access, changed }: { engine: Engine; controls: Controls; access: Access; changed: () => void },
): void {
  app.register(async (guarded) => {
    guarded.addHook('onRequest', access.checkToken);
    controlRoutes(guarded, controls);
  });
  pageRoutes(app, {
    runtime: engine.runtime,
    controls,
    portal: createPortalActions(engine.runtime),
    access,
    catchUp: engine.catchUp,
    onChange: changed,
  });
}
