import { comesFromFile, VARIABLES, type Variable, type VariableName } from '../environment.ts';

/** What the documents say of the environment, made from its schema. */

const ALL = Object.entries(VARIABLES) as [VariableName, Variable][];

/** Variables that compose.yaml sets by itself: what they say is true inside the container only. */
export const FIXED: Partial<Record<VariableName, string>> = {
  PORT: 'the image listens on 8787; `WEB_PORT` is the port of this machine',
  BIND_HOST: 'the image listens on all addresses of its own network',
  API_FACTORY_DATA_DIR: 'the image keeps its data in the volume `api-data`',
  STRIPE_API_BASE: 'the stack asks Stripe itself',
};

/** Secrets of the stack: the file in deploy/secrets/ that holds each. */
export const SECRETS: Partial<Record<VariableName, string>> = {
  API_FACTORY_ADMIN_KEY: 'operator_key',
  DATABASE_URL: 'database_url',
  METRICS_TOKEN: 'metrics_token',
  STRIPE_SECRET_KEY: 'stripe_secret_key',
  STRIPE_WEBHOOK_SECRET: 'stripe_webhook_secret',
};

/** What a stack that others reach should have, where that differs from the default; null: the operator alone knows it. */
const FOR_PRODUCTION: Partial<Record<VariableName, { value: string | null; why: string }>> = {
  PUBLIC_URL: { value: null, why: 'Needed for taking money. Buyers return to it, and with https the cookies are Secure.' },
  TRUSTED_PROXY_HOPS: {
    value: '1',
    why: '1 in this stack: `web`. 2 with a proxy in front of it that ends TLS; without that proxy, callers could choose their own address then.',
  },
  BILLING: {
    value: null,
    why: 'In this stack: off. Stripe comes with its file in COMPOSE_FILE, which brings the secrets. To try: sandbox, with PUBLIC_URL=http://127.0.0.1:8080.',
  },
};

interface StackVariable {
  name: string;
  byDefault: string;
  says: string;
  /** What stands in .env.production.example; null: a comment. */
  value: string | null;
}

const STACK: StackVariable[] = [
  {
    name: 'COMPOSE_FILE',
    byDefault: 'compose.yaml',
    says: 'The files that make the stack. Takes money with Stripe: compose.yaml:deploy/compose.stripe.yaml, with both Stripe secrets in deploy/secrets/.',
    value: null,
  },
  {
    name: 'COMPOSE_PROFILES',
    byDefault: '',
    says: 'Optional services. `observability` adds Prometheus on 127.0.0.1:9090 and Grafana on 127.0.0.1:3000.',
    value: null,
  },
  {
    name: 'WEB_BIND',
    byDefault: '127.0.0.1',
    says: 'Address of this machine on which the stack is published. It speaks no TLS: leave it to a proxy on this machine. Never another with BILLING=sandbox, where nobody pays.',
    value: '127.0.0.1',
  },
  { name: 'WEB_PORT', byDefault: '8080', says: 'Port of this machine on which the stack is published.', value: '8080' },
  {
    name: 'API_IMAGE',
    byDefault: 'api-factory/api:local',
    says: 'Image of the product. Name a version, not `latest`: going back is naming the one before.',
    value: null,
  },
  { name: 'WEB_IMAGE', byDefault: 'api-factory/web:local', says: 'Image of the console behind nginx, of the same version.', value: null },
  {
    name: 'POSTGRES_IMAGE',
    byDefault: 'postgres:18',
    says: 'Image of the database. Another major version does not read the data of the one before.',
    value: null,
  },
  {
    name: 'NODE_IMAGE',
    byDefault: 'node:24-slim',
    says: 'What both images are built on. A mirror’s name, where you have one.',
    value: null,
  },
  { name: 'NGINX_IMAGE', byDefault: 'nginx:stable', says: 'What `web` is built on.', value: null },
  {
    name: 'PROMETHEUS_IMAGE',
    byDefault: 'prom/prometheus:v3.5.0',
    says: 'Image of Prometheus, in the profile `observability`.',
    value: null,
  },
  { name: 'PROMETHEUS_PORT', byDefault: '9090', says: 'Port of this machine’s loopback address for Prometheus.', value: null },
  { name: 'PROMETHEUS_RETENTION', byDefault: '30d', says: 'How long Prometheus keeps what it has read.', value: null },
  { name: 'GRAFANA_IMAGE', byDefault: 'grafana/grafana:12.2.0', says: 'Image of Grafana, in the profile `observability`.', value: null },
  { name: 'GRAFANA_PORT', byDefault: '3000', says: 'Port of this machine’s loopback address for Grafana.', value: null },
];

/** Names of the variables that docker compose itself reads, not compose.yaml. */
export const OF_COMPOSE = ['COMPOSE_FILE', 'COMPOSE_PROFILES'];
export const STACK_NAMES = STACK.map(({ name }) => name);

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const code = (text: string | number | undefined): string => (text === undefined || text === '' ? '' : `\`${text}\``);
const names = (name: string, variable: Variable): string => `\`${name}\`${comesFromFile(variable) ? ', `…_FILE`' : ''}`;
const setting = (name: string, value: string | number | null | undefined): string =>
  value === null || value === undefined ? `# ${name}=` : `${name}=${value}`;
const row = (cells: string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: string[], rows: string[][]): string => [row(head), `|${'---|'.repeat(head.length)}`, ...rows.map(row)].join('\n');

/** `.env.example`: every variable with its default. */
export function example(): string {
  const head = `# Every variable with its default. The product reads its environment and no file; to use a copy of this one:
#   node --env-file=.env scripts/start.mjs
`;
  const lines = ALL.map(([name, variable]) => {
    const file = comesFromFile(variable) ? [`# Or ${name}_FILE: the path of a file that holds it.`] : [];
    // A variable without a default stays a comment: an empty secret would stop the start.
    return [`# ${variable.description}`, `# ${sentence(variable.mayBe)}`, ...file, setting(name, variable.default), ''].join('\n');
  });
  return [head, ...lines].join('\n');
}

/** `.env.production.example`: what the compose stack reads from `.env`. */
export function productionExample(): string {
  const stack = STACK.map(({ name, byDefault, says, value }) =>
    [`# ${says}`, value === null ? `# ${name}=${byDefault}` : `${name}=${value}`, ''].join('\n'),
  );
  const product = ALL.filter(([name]) => isPassedOn(name)).map(([name, variable]) => {
    const production = FOR_PRODUCTION[name];
    const words = [variable.description, ...(production ? [production.why] : []), sentence(variable.mayBe)].map((line) => `# ${line}`);
    return [...words, setting(name, production ? production.value : variable.default), ''].join('\n');
  });
  const secrets = Object.entries(SECRETS).map(([name, file]) => `#   ${`${name}_FILE`.padEnd(27)} deploy/secrets/${file}`);
  return [PRODUCTION_HEAD, ...stack, '# --- The product ---\n', ...product, SECRETS_HEAD, ...secrets, ''].join('\n');
}

const PRODUCTION_HEAD = `# Settings of the compose stack. Copy this file to .env beside compose.yaml and edit the copy:
#   cp .env.production.example .env
# docker compose reads .env by itself and takes from it what a compose file asks for; nothing else of it reaches a container.
# Write $$ for a dollar sign. A line that is empty or a comment leaves the default. docs/variables.md has them all.

# --- The stack ---
`;

const SECRETS_HEAD = `# --- Secrets ---
# None belongs here. Each is a file that is mounted at /run/secrets/; deploy/make-secrets.sh makes those that can be made, and with --set NAME puts Stripe’s two in place.`;

/** `docs/variables.md`: every variable, what it may be, and who sets it in the compose stack. */
export function variablesPage(): string {
  const product = ALL.map(([name, variable]) => [
    names(name, variable),
    code(variable.default),
    `${variable.description} ${sentence(variable.mayBe)}`.replaceAll('|', '\\|'),
    inStack(name),
  ]);
  const stack = STACK.map(({ name, byDefault, says }) => [code(name), code(byDefault), says]);
  return VARIABLES_PAGE.replace(
    'PRODUCT',
    table(['variable', 'default', 'what it does, and what it may be', 'in the compose stack'], product),
  ).replace('STACK', table(['variable', 'default', 'what it does'], stack));
}

const VARIABLES_PAGE = `# Variables

Made from \`apps/api-cli/src/environment.ts\`, which checks them: \`npx vitest run config.docs --update\` writes this page.

A wrong value stops the start; the message names all of them, with what each was and what it may be, and shows no secret. An empty value counts as absent. An empty secret
stops the start: mostly it means that a variable elsewhere was missing.

Where the table says \`…_FILE\`, the value can come from a file: \`DATABASE_URL_FILE=/run/secrets/database_url\`. A line break at its end is cut off. Giving both is refused.

## The product

PRODUCT

A change takes effect at the next start.

## The compose stack

These are read by \`compose.yaml\` and by docker compose itself, from \`.env\` beside it or from the environment. The product does not know them.

STACK

## The command

| variable | default | what it does |
|---|---|---|
| \`API_FACTORY_URL\` | \`http://127.0.0.1:8787\` | The product that the command speaks to; \`--url\` says the same. |
| \`API_FACTORY_ADMIN_KEY\`, \`…_FILE\` | | The operator key that it sends; on this machine else the one in the data directory. |
`;

/** Whether `.env` of the stack reaches the product with it. */
export const isPassedOn = (name: VariableName): boolean => FIXED[name] === undefined && SECRETS[name] === undefined;

function inStack(name: VariableName): string {
  if (FIXED[name] !== undefined) return `not set: ${FIXED[name]}`;
  if (SECRETS[name] !== undefined) return `\`deploy/secrets/${SECRETS[name]}\``;
  return 'from `.env`';
}
