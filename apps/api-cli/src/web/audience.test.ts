import { expect, test } from 'vitest';
import { type Contract, viewFor } from './audience.ts';
import { makeContract } from './make-contract.ts';

const whole = (await makeContract()) as Required<Contract>;
const views = (['consumer', 'operator'] as const).map((audience) => viewFor(audience, whole) as Required<Contract>);
const [consumer, operator] = views as [Required<Contract>, Required<Contract>];

const operationsOf = ({ paths }: Required<Contract>) => Object.values(paths).flatMap((methods) => Object.values(methods));
const tagsOf = (view: Required<Contract>) => [...new Set(operationsOf(view).flatMap(({ tags = [] }) => tags))];

test('every path of the contract is in exactly one reference', () => {
  const paths = views.flatMap((view) => Object.keys(view.paths));
  expect(paths.sort()).toEqual(Object.keys(whole.paths).sort());
});

test('the consumer reference covers the packs, the caller’s own key and public billing', () => {
  expect(Object.keys(consumer.paths)).toContain('/api/admin/keys/me');
  const prefixes = Object.keys(consumer.paths).map((path) => /^\/api\/(?:v1\/\w+|billing|admin\/keys\/me)/.exec(path)?.[0]);
  expect([...new Set(prefixes)].sort()).toEqual(['/api/admin/keys/me', '/api/billing', '/api/v1/actions', '/api/v1/hello']);
});

test('the operator reference has health and metrics last', () => {
  expect(operator.tags.at(-1)?.name).toBe('health');
  expect(Object.keys(operator.paths)).toEqual(expect.arrayContaining(['/_api/readyz', '/_api/metrics', '/api/stripe/webhook']));
});

test.each(views)('$info.title lists exactly the tags it uses, each with a description', (view) => {
  expect(view.tags.map(({ name }) => name).sort()).toEqual(tagsOf(view).sort());
  expect(view.tags.filter(({ description }) => !description)).toEqual([]);
});

test('a reference lists only the credentials that its operations accept', () => {
  const schemes = views.map((view) => Object.keys(view.components.securitySchemes ?? {}).sort());
  expect(schemes).toEqual([
    ['apiKeyAuth', 'bearerAuth'],
    ['bearerAuth', 'sessionCookie'],
  ]);
});

test('each reference links to the other', () => {
  expect(consumer.info.description).toContain('](/docs/operator/)');
  expect(operator.info.description).toContain('](/docs/)');
});
