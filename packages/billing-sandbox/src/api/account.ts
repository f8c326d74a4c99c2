import { clockId } from '../api-version.ts';
import { makeEndpoint, makePortalSession, testClock } from '../objects/account.ts';
import type { Event, WebhookEndpoint } from '../objects/types.ts';
import type { State } from '../state.ts';
import { assign } from '../world.ts';
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
    handle({ world, params }) {
      const types = texts(params, 'types');
      const keep = (event: Event) => isAsked(params, 'type', event.type) && (types?.includes(event.type) ?? true);
      return page(params, '/v1/events', newestFirst(params, world.state.events, keep));
    },
  },
  retrieve('/v1/events', 'event', (state) => state.events),
  {
    method: 'POST',
    path: '/v1/billing_portal/sessions',
    params: ['customer', 'return_url', 'locale'],
    handle({ world, params, pages }) {
      const customer = customerOf(world.state, required(params, 'customer'), 'customer');
      return makePortalSession(world, { customer: customer.id, returnUrl: text(params, 'return_url') ?? null, pages });
    },
  },
  {
    method: 'POST',
    path: '/v1/webhook_endpoints',
    params: [...endpointFields, 'api_version'],
    handle({ world, params }) {
      const endpoint = makeEndpoint(world, {
        url: required(params, 'url'),
        events: texts(params, 'enabled_events') ?? ['*'],
        description: text(params, 'description') ?? null,
        secret: `whsec_${world.secret()}`,
      });
      assign(endpoint, { metadata: metadata(params, 'metadata') });
      return { ...endpoint, secret: world.state.inner.webhookSecrets[endpoint.id] };
    },
  },
  {
    method: 'GET',
    path: '/v1/webhook_endpoints',
    params: pageParams,
    handle: ({ world, params }) =>
      page(
        params,
        '/v1/webhook_endpoints',
        newestFirst({}, world.state.webhookEndpoints, () => true),
      ),
  },
  retrieve('/v1/webhook_endpoints', 'webhook endpoint', (state) => state.webhookEndpoints),
  {
    method: 'POST',
    path: '/v1/webhook_endpoints/:id',
    params: [...endpointFields, 'disabled'],
    handle({ world, params, path }) {
      const endpoint = endpointOf(world.state, path.id);
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
    handle({ world, path }) {
      const { id } = endpointOf(world.state, path.id);
      delete world.state.webhookEndpoints[id];
      delete world.state.inner.webhookSecrets[id];
      return { id, object: 'webhook_endpoint', deleted: true };
    },
  },
  {
    method: 'GET',
    path: '/v1/test_helpers/test_clocks',
    params: pageParams,
    handle: ({ world, params }) => page(params, '/v1/test_helpers/test_clocks', [testClock(world)]),
  },
  {
    method: 'GET',
    path: '/v1/test_helpers/test_clocks/:id',
    params: [],
    handle({ world, path }) {
      if (path.id !== clockId) throw missing('testclock', path.id ?? '');
      return testClock(world);
    },
  },
];

function endpointOf(state: State, id: string | undefined): WebhookEndpoint {
  const endpoint = state.webhookEndpoints[id ?? ''];
  if (!endpoint) throw missing('webhook endpoint', id ?? '');
  return endpoint;
}
