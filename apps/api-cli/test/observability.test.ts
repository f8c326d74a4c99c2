import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectStatus } from './support/api.ts';
import { groupedIn, type Selected, samplesOn, selectedIn } from './support/promql.ts';
import { aSellingProduct, type SellingProduct } from './support/selling.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

interface Alert {
  name: string;
  /** The complete entry in the file. */
  text: string;
  expr: string;
}

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig?: { defaults: { unit?: string } };
  targets?: { expr: string; datasource: { uid: string } }[];
}

interface Dashboard {
  uid: string;
  title: string;
  templating: { list: { name: string }[] };
  panels: Panel[];
}

const alerts: Alert[] = read('deploy/prometheus/alerts.yml')
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => ({
    name: text.slice(0, text.indexOf('\n')),
    text,
    expr: /expr: (?:\|\n)?([\s\S]*?)\n {8}(?:for|labels):/.exec(text)?.[1] ?? '',
  }));

const filesOf = (directory: string) =>
  readdirSync(new URL(`../../../${directory}/`, import.meta.url)).map((file) => ({ file, text: read(`${directory}/${file}`) }));

const dashboards = filesOf('deploy/grafana/dashboards').map(({ file, text }) => ({ file, board: JSON.parse(text) as Dashboard }));

const queries: [where: string, expr: string][] = [
  ...alerts.map(({ name, expr }): [string, string] => [name, expr]),
  ...dashboards.flatMap(({ file, board }) =>
    board.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }): [string, string] => [`${file}: ${title}`, expr])),
  ),
];

let t: SellingProduct;
let samples: ReturnType<typeof samplesOn>;

/** Labels that Prometheus itself adds. */
const SCRAPE_LABELS = ['job', 'instance'];
/** Statuses that a working product does not return. */
const FAILURES = ['5..'];

const labelsOf = (name: string): Set<string> =>
  new Set([...SCRAPE_LABELS, ...(samples.get(name) ?? []).flatMap((one) => Object.keys(one))]);

/** What a query selects but the metrics page lacks. */
function missing({ name, matchers }: Selected): string[] {
  if (name === 'up') return [];
  const found = samples.get(name);
  if (found === undefined) return [`no metric ${name}`];
  const labels = labelsOf(name);
  return matchers
    .map(({ label }) => label)
    .filter((label) => !labels.has(label))
    .map((label) => `${name} has no label ${label}`)
    .concat(
      matchers
        .filter(({ label, op, value }) => op.startsWith('=') && !SCRAPE_LABELS.includes(label) && !FAILURES.includes(value))
        .filter(
          ({ label, op, value }) =>
            !found.some((one) => (op === '=' ? one[label] === value : new RegExp(`^(?:${value})$`).test(one[label] ?? ''))),
        )
        .map(({ label, op, value }) => `${name} has no ${label}${op}"${value}"`),
    );
}

beforeAll(async () => {
  t = await aSellingProduct();
  const { key } = await t.issue({ quota: 1 });
  await expectStatus(t.call(key), 200);
  await expectStatus(t.call(key), 429);
  await t.buy();
  await t.settled();
  // Subscriptions are counted once a minute.
  t.clock.offsetMs += 61_000;
  const page = async () => (await expectStatus(t.request('GET', '/_api/metrics'), 200)).body as string;
  await vi.waitFor(async () => expect(await page()).toContain('api_factory_billing_subscriptions{access="active"} 1\n'), 10_000);
  samples = samplesOn(await page());
});
afterAll(() => t?.stop());

it.each(queries)('the metrics of a running product include everything that the query of “%s” selects', (_where, expr) => {
  const selected = selectedIn(expr);
  expect(selected.length).toBeGreaterThan(0);
  expect(selected.flatMap(missing)).toEqual([]);
  const labels = new Set(selected.flatMap(({ name }) => [...labelsOf(name)]));
  expect(groupedIn(expr).filter((label) => !labels.has(label))).toEqual([]);
});

it('the metrics count a used-up quota, webhooks and reconciliations', async () => {
  const page: string = (await t.request('GET', '/_api/metrics')).body;
  const sampleOf = (series: string) =>
    Number(
      page
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length),
    );
  expect(sampleOf('api_factory_quota_entitlements{use="used_up"}')).toBe(1);
  expect(sampleOf('api_factory_guard_verdicts_total{code="QUOTA_EXCEEDED"}')).toBe(1);
  const now = t.clock.now() / 1000;
  for (const what of ['webhook', 'reconcile']) {
    const at = sampleOf(`api_factory_billing_last_${what}_timestamp_seconds`);
    expect(at).toBeGreaterThan(now - 300);
    expect(at).toBeLessThanOrEqual(now);
  }
});

it('no label contains the id of a key or a consumer', async () => {
  const { consumerId, keyId, entitlementId, key } = await t.buy();
  await expectStatus(t.call(key), 200);
  const { body } = await t.request('GET', '/_api/metrics');
  for (const id of [consumerId, keyId, entitlementId, key]) expect(body).not.toContain(id);
});

describe('the alert', () => {
  const guide = read('docs/alerts.md');
  const tests = filesOf('deploy/prometheus/tests')
    .map(({ text }) => text)
    .join('');
  it.each(alerts.map((alert) => [alert.name, alert] as const))(
    '%s has a severity, texts, a section in docs/alerts.md, and tests for firing and not firing',
    (name, { text }) => {
      expect(text).toMatch(/labels: \{ severity: (critical|warning|info) \}/);
      expect(text).toMatch(/summary: \S/);
      expect(text).toMatch(/description: ".*\$labels\.instance.*"/);
      const anchor = /runbook_url: docs\/alerts\.md#(\S+)/.exec(text)?.[1] ?? 'none';
      expect(guide.toLowerCase()).toContain(`## ${anchor}\n`);
      expect(tests).toMatch(new RegExp(`alertname: ${name}, exp_alerts: \\[\\]`));
      expect(tests).toMatch(new RegExp(`alertname: ${name}\\n {8}exp_alerts:\\n {10}- exp_labels`));
    },
  );
  it('list matches the sections of docs/alerts.md', () => {
    const described = [...guide.matchAll(/^## (ApiFactory\w+)$/gm)].map(([, name]) => name);
    // One section covers both alerts for the lag.
    expect([...described, 'ApiFactorySpoolLagLong'].sort()).toEqual(alerts.map(({ name }) => name).sort());
  });
});

describe.each(dashboards)('the dashboard $file', ({ board }) => {
  it('has a unique uid, unique panel ids and a declared data source', () => {
    expect(board.uid).toMatch(/^api-factory-/);
    expect(dashboards.filter((other) => other.board.uid === board.uid)).toHaveLength(1);
    const ids = board.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const declared = read('deploy/grafana/provisioning/datasources/prometheus.yaml');
    for (const { datasource, targets = [] } of board.panels)
      for (const uid of [datasource?.uid, ...targets.map((target) => target.datasource.uid)])
        if (uid !== undefined) expect(declared).toContain(`uid: ${uid}\n`);
  });

  it('has a title, a description, a unit and a query in every panel', () => {
    for (const { type, title, description, fieldConfig, targets, datasource } of board.panels) {
      expect(title).toMatch(/\S/);
      if (type === 'row') continue;
      expect([title, description, fieldConfig?.defaults.unit]).toEqual([title, expect.stringMatching(/\.$/), expect.stringMatching(/\S/)]);
      expect([title, targets?.length, datasource?.uid]).toEqual([title, expect.any(Number), 'prometheus']);
    }
  });

  it('has no panel that overlaps another or exceeds the grid', () => {
    for (const [index, { gridPos: one, title }] of board.panels.entries()) {
      expect([title, one.x >= 0 && one.x + one.w <= 24 && one.w > 0 && one.h > 0]).toEqual([title, true]);
      for (const { gridPos: other, title: second } of board.panels.slice(index + 1)) {
        const apart = one.x + one.w <= other.x || other.x + other.w <= one.x || one.y + one.h <= other.y || other.y + other.h <= one.y;
        expect([title, second, apart]).toEqual([title, second, true]);
      }
    }
  });

  it('uses only variables that it declares', () => {
    const known = ['__rate_interval', ...board.templating.list.map(({ name }) => name)];
    const used = board.panels.flatMap(({ targets = [] }) =>
      targets.flatMap(({ expr }) => [...expr.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name)),
    );
    expect(used.filter((name) => !known.includes(name as string))).toEqual([]);
  });
});

describe('the metrics that a query selects', () => {
  it.each([
    ['sum by (job, le) (rate(a_bucket{x="1",y=~"b,{c"}[5m])) > 0.05', ['a_bucket']],
    ['a / ignoring (code) increase(b{code="A"}[1h]) and c', ['a', 'b', 'c']],
    ['time() - max(last_seconds{instance=~"$instance"})', ['last_seconds']],
    ['histogram_quantile(0.5, sum by (le) (rate(h_bucket[$__rate_interval]))) or vector(0)', ['h_bucket']],
    ['up == 0', ['up']],
    ['a / clamp_min(b, 1e-9)', ['a', 'b']],
  ])('are found in %s', (query, names) => {
    expect(selectedIn(query).map(({ name }) => name)).toEqual(names);
  });
});
