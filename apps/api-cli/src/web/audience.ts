/** The readers of an API reference. */
export type Audience = 'consumer' | 'operator';

/** The parts of an OpenAPI document that a view uses. */
export interface Contract {
  info: { title: string; description?: string };
  tags?: { name: string; description?: string }[];
  paths?: Record<string, Record<string, Operation>>;
  components?: { securitySchemes?: Record<string, object> };
}

interface Operation {
  tags?: string[];
  security?: Record<string, string[]>[];
}

interface View {
  title: string;
  description: string;
  /** In reference order. A tag without a description keeps the contract's. */
  tags: [name: string, description?: string][];
  bearer: string;
}

const VIEWS: Record<Audience, View> = {
  consumer: {
    title: 'APIs',
    description:
      'The APIs of this installation: call them with an API key, and buy a plan. Every error is a problem (RFC 9457) with a [code](/docs/errors). Operators use the [operator API](/docs/operator/).',
    tags: [
      ['hello'],
      ['actions'],
      ['keys', 'The API key that makes the request'],
      ['billing', 'Plans for sale, checkout and the customer portal'],
    ],
    bearer: 'An API key',
  },
  operator: {
    title: 'Operator API',
    description:
      'Manages keys, plans, consumers and billing with an operator key. Every error is a problem (RFC 9457) with a [code](/docs/errors). Consumers use the [APIs](/docs/).',
    tags: [
      ['keys'],
      ['consumers'],
      ['plans'],
      ['billing', 'Stripe: events, subscriptions, disputes and reconciliation'],
      ['usage'],
      ['audit'],
      ['operators'],
      ['session'],
      ['health'],
    ],
    bearer: 'An operator key',
  },
};

/** Under the operator API's prefix, but called with an API key. */
const OWN_KEY = '/api/admin/keys/me';
const OPERATOR_PATH = /^\/(?:_api|api\/admin|api\/stripe)\//;

/** The audience that calls a path. */
export const audienceOf = (path: string): Audience => (path !== OWN_KEY && OPERATOR_PATH.test(path) ? 'operator' : 'consumer');

/**
 * The part of the contract that an audience calls, with the tags and security schemes that this
 * part uses.
 */
export function viewFor<T extends Contract>(audience: Audience, contract: T): T {
  const { title, description, tags, bearer } = VIEWS[audience];
  const paths = Object.fromEntries(Object.entries(contract.paths ?? {}).filter(([path]) => audienceOf(path) === audience));
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const schemes = new Set(operations.flatMap(({ security = [] }) => security.flatMap((one) => Object.keys(one))));
  const given = Object.entries(contract.components?.securitySchemes ?? {}).filter(([name]) => schemes.has(name));
  const securitySchemes = Object.fromEntries(
    given.map(([name, scheme]) => [name, name === 'bearerAuth' ? { ...scheme, description: bearer } : scheme]),
  );
  const described = new Map(contract.tags?.map((tag) => [tag.name, tag.description]));
  return {
    ...contract,
    info: { ...contract.info, title: `${contract.info.title}: ${title}`, description },
    tags: tags.map(([name, own]) => ({ name, description: own ?? described.get(name) ?? '' })),
    paths,
    components: { ...contract.components, securitySchemes },
  };
}
