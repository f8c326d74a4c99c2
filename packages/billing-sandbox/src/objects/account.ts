import { apiVersion, clockId } from '../api-version.ts';
import type { World } from '../world.ts';
import type { PortalSession, TestClock, WebhookEndpoint } from './types.ts';

/** The sandbox's only test clock. `frozen_time` is the sandbox's now: unlike Stripe's it runs on by itself. */
export function testClock(world: World): TestClock {
  return {
    id: clockId,
    object: 'test_helpers.test_clock',
    created: 0,
    deletes_after: world.now() + 30 * 86_400,
    frozen_time: world.now(),
    livemode: false,
    name: 'The sandbox’s clock',
    status: 'ready',
    status_details: {},
  };
}

/** Makes a session of the customer portal. */
export function makePortalSession(world: World, fields: { customer: string; returnUrl: string | null; pages: string }): PortalSession {
  const id = world.id('bps_');
  const session: PortalSession = {
    id,
    object: 'billing_portal.session',
    configuration: 'bpc_sandbox',
    created: world.now(),
    customer: fields.customer,
    customer_account: null,
    flow: null,
    livemode: false,
    locale: null,
    on_behalf_of: null,
    return_url: fields.returnUrl,
    url: `${fields.pages}/portal/${id}`,
  };
  world.state.portalSessions[id] = session;
  return session;
}

/** Makes a webhook endpoint; its secret lies in `inner.webhookSecrets` and is shown once, when it is made. */
export function makeEndpoint(
  world: World,
  fields: { id?: string; url: string; events: string[]; description: string | null; secret: string },
): WebhookEndpoint {
  const endpoint: WebhookEndpoint = {
    id: fields.id ?? world.id('we_'),
    object: 'webhook_endpoint',
    api_version: apiVersion,
    application: null,
    created: world.now(),
    description: fields.description,
    enabled_events: fields.events,
    livemode: false,
    metadata: {},
    status: 'enabled',
    url: fields.url,
  };
  world.state.webhookEndpoints[endpoint.id] = endpoint;
  world.state.inner.webhookSecrets[endpoint.id] = fields.secret;
  return endpoint;
}
