import { expectStatus } from '../../../api-cli/test/support/api.ts';
import type { TestConsole } from './console.ts';

/** Creates realistic data: keys in every state, calls with every outcome, and a purchase. */
export async function createSampleData({ product, aKey }: TestConsole): Promise<{ keyId: string; planId: string; consumerId: string }> {
  const { admin, call } = product;
  const post = async (path: string, body?: unknown, status = 201) => (await expectStatus(admin('POST', path, body), status)).body.data;
  await post('/plans', { id: 'tiny', name: 'Tiny', quota: { limit: 10, period: 'month' }, rate: { limit: 100, windowSeconds: 60 } });
  await post('/plans', { id: 'open', name: 'Open', quota: { limit: null, period: 'month' }, rate: { limit: null, windowSeconds: 60 } });
  const ada = await post('/consumers', { name: 'Ada Lovelace', email: 'ada@example.com' });
  const grace = await post('/consumers', { name: 'Grace Hopper', email: null });
  const production = await aKey({ name: 'Ada, production', consumerId: ada.id });
  const near = await aKey({ name: 'Near its quota', plan: 'tiny', consumerId: grace.id });
  const out = await aKey({ name: 'Out of quota', plan: 'tiny' });
  const unlimited = await aKey({ name: 'Without limits', plan: 'open' });
  const suspended = await aKey({ name: 'Suspended', consumerId: ada.id });
  const revoked = await aKey({ name: 'Revoked' });
  for (let index = 0; index < 20; index++) await call(production.key, index % 4 === 0 ? 'text_stats' : 'echo', { text: 'some words' });
  for (let index = 0; index < 9; index++) await call(near.key);
  for (let index = 0; index < 12; index++) await call(out.key);
  for (let index = 0; index < 5; index++) await call(unlimited.key);
  await call(production.key, 'no_such_action');
  await post(`/keys/${suspended.id}/suspend`, undefined, 200);
  await post(`/keys/${revoked.id}/revoke`, undefined, 200);
  await call(suspended.key);
  await post('/billing/push', {}, 200);
  await buy(product, 'buyer@example.com');
  await product.shipped();
  return { keyId: production.id, planId: 'starter', consumerId: ada.id };
}

/** Buys a plan as a browser would, without one. Returns the claimed key. */
async function buy({ request, admin }: TestConsole['product'], email: string): Promise<{ id: string; key: string }> {
  const checkout = await expectStatus(request('POST', '/api/billing/checkout', { body: { plan: 'starter' } }), 201);
  const cookie = (checkout.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
  const { sessionId } = checkout.body.data;
  await expectStatus(admin('POST', '/billing/sandbox/pay', { sessionId, outcome: 'pays', email }), 200);
  return (await expectStatus(request('POST', '/api/billing/claim', { headers: { cookie }, body: { sessionId } }), 201)).body.data;
}
