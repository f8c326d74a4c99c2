import { apiVersion, clockId } from '../api-version.ts';
import type { Runtime } from '../runtime.ts';
import type { PortalSession, TestClock, WebhookEndpoint } from './types.ts';

/**
 * The sandbox's only test clock. `frozen_time` is the sandbox time, which keeps running, unlike
 * Stripe's.
 */
export function testClock(runtime: Runtime): TestClock {
  return {
    id: clockId,
    object: 'test_helpers.test_clock',
    created: 0,
    deletes_after: runtime.now() + 30 * 86_400,
    frozen_time: runtime.now(),
    livemode: false,
    name: 'The sandbox’s clock',
    status: 'ready',
    status_details: {},
  };
}

/** Creates a session of the customer portal. */
export function makePortalSession(runtime: Runtime, fields: { customer: string; returnUrl: string | null; pages: string }): PortalSession {
  const id = runtime.id('bps_');
  const session: PortalSession = {
    id,
    object: 'billing_portal.session',
    configuration: 'bpc_sandbox',
    created: runtime.now(),
    customer: fields.customer,
    customer_account: null,
    flow: null,
    livemode: false,
    locale: null,
    on_behalf_of: null,
    return_url: fields.returnUrl,
    url: `${fields.pages}/portal/${id}`,
  };
  runtime.state.portalSessions[id] = session;
  return session;
}

/** Creates a webhook endpoint. Its secret is in `inner.webhookSecrets` and is shown once. */
export function makeEndpoint(
  runtime: Runtime,
  fields: { id?: string; url: string; events: string[]; description: string | null; secret: string },
): WebhookEndpoint {
  const endpoint: WebhookEndpoint = {
    id: fields.id ?? runtime.id('we_'),
    object: 'webhook_endpoint',
    api_version: apiVersion,
    application: null,
    created: runtime.now(),
    description: fields.description,
    enabled_events: fields.events,
    livemode: false,
    metadata: {},
    status: 'enabled',
    url: fields.url,
  };
  runtime.state.webhookEndpoints[endpoint.id] = endpoint;
  runtime.state.inner.webhookSecrets[endpoint.id] = fields.secret;
  return endpoint;
}
