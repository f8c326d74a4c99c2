// Runs every query of the dashboards and checks the rules in a Prometheus that scrapes a running
// product.
//   node scripts/alerts/queries.mjs http://127.0.0.1:9090
// Exit code 1 when a query fails or returns nothing, or when a rule or the scrape fails. For a
// working product, every query of a dashboard returns something.
import { readdirSync, readFileSync } from 'node:fs';

const base = process.argv[2];
if (base === undefined) {
  console.error('usage: node scripts/alerts/queries.mjs URL_OF_PROMETHEUS');
  process.exit(2);
}

const faults = [];

async function get(path, parameters = {}) {
  const answer = await fetch(`${base}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const body = await answer.json();
  if (body.status !== 'success') throw new Error(body.error ?? `returned ${answer.status}`);
  return body.data;
}

// A short window, because the product was just started and is scraped every second.
const withValues = (expr) => expr.replaceAll('$__rate_interval', '30s').replaceAll('$instance', '.*');

async function run(where, expr) {
  try {
    const { result } = await get('query', { query: withValues(expr) });
    if (result.length === 0) faults.push(`${where}: returns nothing: ${expr}`);
    else if (result.some(({ value }) => value[1] === 'NaN')) faults.push(`${where}: returns NaN: ${expr}`);
  } catch (error) {
    faults.push(`${where}: ${error.message}: ${expr}`);
  }
}

async function runDashboards() {
  const directory = new URL('../../deploy/grafana/dashboards/', import.meta.url);
  let count = 0;
  for (const file of readdirSync(directory)) {
    const { panels, templating } = JSON.parse(readFileSync(new URL(file, directory), 'utf8'));
    for (const { title, targets = [] } of panels)
      for (const { expr } of targets) {
        await run(`${file}, ${title}`, expr);
        count += 1;
      }
    for (const { name, definition } of templating.list) {
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
      const found = await get(`label/${label}/values`, { 'match[]': metric });
      if (found.length === 0) faults.push(`${file}, variable ${name}: no value`);
    }
  }
  console.log(`${count} dashboard queries`);
}

async function checkRules() {
  const rules = (await get('rules')).groups.flatMap((group) => group.rules);
  for (const { name, health, lastError } of rules) if (health !== 'ok') faults.push(`rule ${name}: ${health} ${lastError ?? ''}`);
  const firing = rules.filter(({ state, labels }) => state === 'firing' && labels.severity === 'critical').map(({ name }) => name);
  if (firing.length > 0) faults.push(`critical alerts fire for a working product: ${firing.join(', ')}`);
  console.log(`${rules.length} rules`);
}

async function checkTargets() {
  const { activeTargets } = await get('targets');
  for (const { scrapeUrl, health, lastError } of activeTargets) if (health !== 'up') faults.push(`${scrapeUrl}: ${health} ${lastError}`);
  console.log(`${activeTargets.length} target`);
}

await checkTargets();
await checkRules();
await runDashboards();
for (const fault of faults) console.error(`FAIL  ${fault}`);
if (faults.length > 0) process.exit(1);
console.log('every query returned something');
