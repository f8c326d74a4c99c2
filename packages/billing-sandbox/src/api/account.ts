import { clockId } from '../api-version.ts';
import { makeEndpoint, makePortalSession, testClock } from '../objects/account.ts';
import type { Event, WebhookEndpoint } from '../objects/types.ts';
import { assign } from '../runtime.ts';
import type { State } from '../state.ts';
import { customerOf } from './customers.ts';
import { createdParams, isAsked, newestFirst, page, pageParams } from './page.ts';
import { flag, metadata, required, text, texts } from './params.ts';
import { retrieve } from './payments.ts';
import type { Route } from './route.ts';
import { missing } from './stripe-error.ts';

const endpointFields = ['url', 'enabled_events', 'description', 'metadata.*'] as const;

/** Events, webhook endpoints, portal sessions and the test clock. */
export const accountRoutes: Route[] = [
  {
    method: 'GET',
    path: '/v1/events',
    params: [...pageParams, ...createdParams, 'type', 'types', 'delivery_success'],
    handle({ runtime, params }) {
      const types = texts(params, 'types');
      const keep = (event: Event) => isAsked(params, 'type', event.type) && (types?.includes(event.type) ?? true);
      return page(params, '/v1/events', newestFirst(params, runtime.state.events, keep));
    },
  },
  retrieve('/v1/events', 'event', (state) => state.events),
  {
    method: 'POST',
    path: '/v1/billing_portal/sessions',
    params: ['customer', 'return_url', 'locale'],
    handle({ runtime, params, pages }) {
      const customer = customerOf(runtime.state, required(params, 'customer'), 'customer');
      return makePortalSession(runtime, { customer: customer.id, returnUrl: text(params, 'return_url') ?? null, pages });
    },
  },
  {
    method: 'POST',
    path: '/v1/webhook_endpoints',
    params: [...endpointFields, 'api_version'],
    handle({ runtime, params }) {
      const endpoint = makeEndpoint(runtime, {
        url: required(params, 'url'),
        events: texts(params, 'enabled_events') ?? ['*'],
        description: text(params, 'description') ?? null,
        secret: `whsec_${runtime.secret()}`,
      });
      assign(endpoint, { metadata: metadata(params, 'metadata') });
      return { ...endpoint, secret: runtime.state.inner.webhookSecrets[endpoint.id] };
    },
  },
  {
    method: 'GET',
    path: '/v1/webhook_endpoints',
    params: pageParams,
    handle: ({ runtime, params }) =>
      page(
        params,
        '/v1/webhook_endpoints',
        newestFirst({}, runtime.state.webhookEndpoints, () => true),
      ),
  },
  retrieve('/v1/webhook_endpoints', 'webhook endpoint', (state) => state.webhookEndpoints),
  {
    method: 'POST',
    path: '/v1/webhook_endpoints/:id',
    params: [...endpointFields, 'disabled'],
    handle({ runtime, params, path }) {
      const endpoint = endpointOf(runtime.state, path.id);
      const disabled = flag(params, 'disabled');
      assign(endpoint, {
        url: text(params, 'url') ?? endpoint.url,
        enabled_events: texts(params, 'enabled_events') ?? endpoint.enabled_events,
        description: text(params, 'description') ?? endpoint.description,
        metadata: metadata(params, 'metadata', endpoint.metadata),
        ...(disabled === undefined ? {} : { status: disabled ? 'disabled' : 'enabled' }),
      });
      return endpoint;
    },
  },
  {
    method: 'DELETE',
    path: '/v1/webhook_endpoints/:id',
    params: [],
    handle({ runtime, path }) {
      const { id } = endpointOf(runtime.state, path.id);
      delete runtime.state.webhookEndpoints[id];
      delete runtime.state.inner.webhookSecrets[id];
      return { id, object: 'webhook_endpoint', deleted: true };
    },
  },
  {
    method: 'GET',
    path: '/v1/test_helpers/test_clocks',
    params: pageParams,
    handle: ({ runtime, params }) => page(params, '/v1/test_helpers/test_clocks', [testClock(runtime)]),
  },
  {
    method: 'GET',
    path: '/v1/test_helpers/test_clocks/:id',
    params: [],
    handle({ runtime, path }) {
      if (path.id !== clockId) throw missing('testclock', path.id ?? '');
      return testClock(runtime);
    },
  },
];

function endpointOf(state: State, id: string | undefined): WebhookEndpoint {
  const endpoint = state.webhookEndpoints[id ?? ''];
  if (!endpoint) throw missing('webhook endpoint', id ?? '');
  return endpoint;
}
