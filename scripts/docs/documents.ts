import { comesFromFile, VARIABLES, type Variable, type VariableName } from '../../apps/api-cli/src/environment.ts';

/**
 * The documents that are generated from the schema of the environment. `npm run docs` writes them;
 * a test checks that they are up to date.
 */
export const generated = (): Record<string, string> => ({
  '.env.example': example(),
  '.env.production.example': productionExample(),
  'docs/variables.md': variablesPage(),
});

const ALL = Object.entries(VARIABLES) as [VariableName, Variable][];

/** Variables that the image or compose.yaml sets. Their values are valid only in the container. */
export const FIXED: Partial<Record<VariableName, string>> = {
  PORT: 'the image listens on 8787; `WEB_PORT` is the port on this machine',
  BIND_HOST: 'the image listens on all addresses of its network',
  API_FACTORY_DATA_DIR: 'the image keeps its data in the volume `api-data`',
  STRIPE_API_BASE: 'the stack calls Stripe directly',
};

/** The stack's secrets: variable → file in deploy/secrets/. */
export const SECRETS: Partial<Record<VariableName, string>> = {
  API_FACTORY_ADMIN_KEY: 'operator_key',
  DATABASE_URL: 'database_url',
  METRICS_TOKEN: 'metrics_token',
  STRIPE_SECRET_KEY: 'stripe_secret_key',
  STRIPE_WEBHOOK_SECRET: 'stripe_webhook_secret',
};

/**
 * Values for a publicly reachable stack that differ from the default. null: specific to the
 * installation.
 */
const FOR_PRODUCTION: Partial<Record<VariableName, { value: string | null; why: string }>> = {
  PUBLIC_URL: { value: null, why: 'Required for Stripe: buyers return to it. With https, cookies are Secure.' },
  TRUSTED_PROXY_HOPS: {
    value: '1',
    why: '1 in this stack: `web`. 2 with a TLS proxy in front of it. Without that proxy, 2 would let callers spoof their address.',
  },
  BILLING: {
    value: null,
    why: 'Off in this stack. For Stripe, add its file to COMPOSE_FILE: it mounts the secrets. To try billing: sandbox, with PUBLIC_URL=http://127.0.0.1:8080.',
  },
};

interface StackVariable {
  name: string;
  byDefault: string;
  says: string;
  /** Its value in .env.production.example; null: commented out. */
  value: string | null;
}

const STACK: StackVariable[] = [
  {
    name: 'COMPOSE_FILE',
    byDefault: 'compose.yaml',
    says: 'The files of the stack. With Stripe: compose.yaml:deploy/compose.stripe.yaml, and both Stripe secrets in deploy/secrets/.',
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
    says: 'Address of this machine that the stack is published on. It has no TLS: keep the loopback address and put a TLS proxy in front. Never change it with BILLING=sandbox, where keys are free.',
    value: '127.0.0.1',
  },
  { name: 'WEB_PORT', byDefault: '8080', says: 'Port of this machine that the stack is published on.', value: '8080' },
  {
    name: 'API_IMAGE',
    byDefault: 'api-factory/api:local',
    says: 'Image of the product. Pin a version, not `latest`: to roll back, set the previous one.',
    value: null,
  },
  { name: 'WEB_IMAGE', byDefault: 'api-factory/web:local', says: 'Image of nginx with the console, in the same version.', value: null },
  {
    name: 'POSTGRES_IMAGE',
    byDefault: 'postgres:18',
    says: 'Image of the database. A new major version cannot read the data of the previous one.',
    value: null,
  },
  {
    name: 'NODE_IMAGE',
    byDefault: 'node:24-slim',
    says: 'Base image of the product. Set it to use a mirror.',
    value: null,
  },
  { name: 'NGINX_IMAGE', byDefault: 'nginx:stable', says: 'Base image of `web`.', value: null },
  {
    name: 'PROMETHEUS_IMAGE',
    byDefault: 'prom/prometheus:v3.5.0',
    says: 'Image of Prometheus, in the profile `observability`.',
    value: null,
  },
  { name: 'PROMETHEUS_PORT', byDefault: '9090', says: 'Port of this machine’s loopback address for Prometheus.', value: null },
  { name: 'PROMETHEUS_RETENTION', byDefault: '30d', says: 'How long Prometheus keeps samples.', value: null },
  { name: 'GRAFANA_IMAGE', byDefault: 'grafana/grafana:12.2.0', says: 'Image of Grafana, in the profile `observability`.', value: null },
  { name: 'GRAFANA_PORT', byDefault: '3000', says: 'Port of this machine’s loopback address for Grafana.', value: null },
];

/** Variables that docker compose reads itself: compose.yaml does not name them. */
export const COMPOSE_VARIABLES = ['COMPOSE_FILE', 'COMPOSE_PROFILES'];
export const STACK_NAMES = STACK.map(({ name }) => name);

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const code = (text: string | number | undefined): string => (text === undefined || text === '' ? '' : `\`${text}\``);
const names = (name: string, variable: Variable): string => `\`${name}\`${comesFromFile(variable) ? ', `…_FILE`' : ''}`;
const setting = (name: string, value: string | number | null | undefined): string =>
  value === null || value === undefined ? `# ${name}=` : `${name}=${value}`;
const row = (cells: string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: string[], rows: string[][]): string => [row(head), `|${'---|'.repeat(head.length)}`, ...rows.map(row)].join('\n');

/** `.env.example`: every variable with its default. */
function example(): string {
  const head = `# Every variable with its default. The product reads environment variables, no file. To use a copy of this one:
#   node --env-file=.env scripts/start.mjs
`;
  const lines = ALL.map(([name, variable]) => {
    const file = comesFromFile(variable) ? [`# Or ${name}_FILE: the path of a file that contains it.`] : [];
    // A variable without a default is commented out, because an empty secret would stop the start.
    return [`# ${variable.description}`, `# ${sentence(variable.mayBe)}`, ...file, setting(name, variable.default), ''].join('\n');
  });
  return [head, ...lines].join('\n');
}

/** `.env.production.example`: what the compose stack reads from `.env`. */
function productionExample(): string {
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

const PRODUCTION_HEAD = `# Settings of the compose stack. Copy this file to .env next to compose.yaml and edit the copy:
#   cp .env.production.example .env
# docker compose reads .env and passes on only the variables that a compose file names.
# Write $$ for a dollar sign. An empty or commented line leaves the default. All variables: docs/variables.md.

# --- The stack ---
`;

const SECRETS_HEAD = `# --- Secrets ---
# Not in this file: each secret is a file, mounted at /run/secrets/. deploy/make-secrets.sh generates them; --set NAME stores Stripe’s two.`;

/** `docs/variables.md`: every variable, its values, and who sets it in the compose stack. */
function variablesPage(): string {
  const product = ALL.map(([name, variable]) => [
    names(name, variable),
    code(variable.default),
    `${variable.description} ${sentence(variable.mayBe)}`.replaceAll('|', '\\|'),
    inStack(name),
  ]);
  const stack = STACK.map(({ name, byDefault, says }) => [code(name), code(byDefault), says]);
  return VARIABLES_PAGE.replace(
    'PRODUCT',
    table(['variable', 'default', 'what it does, and allowed values', 'in the compose stack'], product),
  ).replace('STACK', table(['variable', 'default', 'what it does'], stack));
}

const VARIABLES_PAGE = `# Variables

Generated by \`npm run docs\` from \`apps/api-cli/src/environment.ts\`, which validates the variables at startup.

An invalid value stops the start. The message lists every invalid variable with its value and what is allowed, and shows no secret. An empty value counts as absent. An
empty secret stops the start: usually it means that another variable was missing.

Where the table says \`…_FILE\`, the value can come from a file: \`DATABASE_URL_FILE=/run/secrets/database_url\`. A trailing line break is removed. Setting both is an error.

## Product

PRODUCT

Changes take effect on the next start.

## Compose stack

\`compose.yaml\` and docker compose read these from \`.env\` next to it or from the environment. The product does not use them.

STACK

## CLI

| variable | default | what it does |
|---|---|---|
| \`API_FACTORY_URL\` | \`http://127.0.0.1:8787\` | URL of the product that the CLI calls; same as \`--url\`. |
| \`API_FACTORY_ADMIN_KEY\`, \`…_FILE\` | | The operator key that the CLI sends. Default: the one in the data directory of this machine. |
`;

/** Whether compose.yaml passes it on from `.env`. */
export const isPassedOn = (name: VariableName): boolean => FIXED[name] === undefined && SECRETS[name] === undefined;

function inStack(name: VariableName): string {
  if (FIXED[name] !== undefined) return `not set: ${FIXED[name]}`;
  if (SECRETS[name] !== undefined) return `\`deploy/secrets/${SECRETS[name]}\``;
  return 'from `.env`';
}
