import type { DenyCode } from '@api-factory/core';
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { RouteDurations, type Sample } from './histogram.ts';

/** A metric that is computed when the page is read. Names of counters end in `_total`. */
export interface Reading {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  read: () => Sample[];
}

/** 503 codes of guarded calls. */
export type UnavailableCode = 'SNAPSHOT_STALE' | 'QUOTA_UNAVAILABLE' | 'METERING_UNAVAILABLE' | 'OVERLOADED';

// Shown as 0 from the start: Prometheus sees no increase in a series that first appears with 1.
const VERDICTS: (DenyCode | 'ALLOW' | 'QUOTA_UNAVAILABLE')[] = [
  'ALLOW',
  'INVALID_KEY',
  'KEY_EXPIRED',
  'KEY_SUSPENDED',
  'PLAN_REQUIRED',
  'RATE_LIMITED',
  'QUOTA_EXCEEDED',
  'QUOTA_UNAVAILABLE',
];
const POLICIES = ['rate', 'quota', 'concurrency', 'credentials', 'address'];
const UNAVAILABLE: UnavailableCode[] = ['SNAPSHOT_STALE', 'QUOTA_UNAVAILABLE', 'METERING_UNAVAILABLE', 'OVERLOADED'];

/** The metrics of the data plane. Labels are route templates and codes, never a key. */
export class GatewayMetrics {
  readonly #prometheus = new Registry();
  readonly #openMetrics = new Registry();
  readonly #routes: RouteDurations[] = [];
  readonly #verdicts = zeros(VERDICTS);
  readonly #limited = zeros(POLICIES);
  readonly #unavailable = zeros(UNAVAILABLE);

  constructor(build: { version: string; node: string }) {
    this.#openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as typeof Registry.PROMETHEUS_CONTENT_TYPE);
    collectRuntime(this.#prometheus);
    collectRuntime(this.#openMetrics);
    const duration = 'http_server_request_duration_seconds';
    this.add({
      name: duration,
      help: 'Time from the request’s headers to the response being ready, by route template and status.',
      type: 'histogram',
      read: () => this.#routes.flatMap((route) => route.samples(duration)),
    });
    this.add({
      name: 'api_factory_guard_verdicts_total',
      help: 'Decisions of the guard by code; ALLOW is an admitted call.',
      type: 'counter',
      read: () => samplesOf('code', this.#verdicts),
    });
    this.add({
      name: 'api_factory_rate_limited_total',
      help: 'Calls answered 429 by policy: rate, quota, concurrency, credentials, address.',
      type: 'counter',
      read: () => samplesOf('policy', this.#limited),
    });
    this.add({
      name: 'api_factory_unavailable_total',
      help: 'Guarded calls answered 503 by code: keys not confirmed, quota not leased, usage not recorded, overload.',
      type: 'counter',
      read: () => samplesOf('code', this.#unavailable),
    });
    this.add({
      name: 'api_factory_build_info',
      help: 'Always 1; labeled with the version and the Node.js version.',
      type: 'gauge',
      read: () => [{ labels: { version: build.version, node: build.node }, value: 1 }],
    });
  }

  /** Adds a metric to the page. */
  add({ name, help, type, read }: Reading): void {
    register(this.#prometheus, { name, help, type, read });
    // In OpenMetrics the name of a counter's family lacks the suffix of its samples.
    register(this.#openMetrics, { name: type === 'counter' ? name.replace(/_total$/, '') : name, help, type, read });
  }

  /** Adds a gauge without labels. */
  gauge(name: string, help: string, read: () => number): void {
    this.add({ name, help, type: 'gauge', read: () => [{ labels: {}, value: read() }] });
  }

  /** Adds a counter without labels. */
  counter(name: string, help: string, read: () => number): void {
    this.add({ name, help, type: 'counter', read: () => [{ labels: {}, value: read() }] });
  }

  /** The durations of one route. Called once per route. */
  route(method: string, route: string): RouteDurations {
    const durations = new RouteDurations(method, route);
    this.#routes.push(durations);
    return durations;
  }

  verdict(code: string): void {
    this.#verdicts.set(code, (this.#verdicts.get(code) ?? 0) + 1);
  }

  limited(policy: string): void {
    this.#limited.set(policy, (this.#limited.get(policy) ?? 0) + 1);
  }

  unavailable(code: UnavailableCode): void {
    this.#unavailable.set(code, (this.#unavailable.get(code) ?? 0) + 1);
  }

  /** The page in the format that `accept` requests: OpenMetrics if named, else Prometheus text. */
  async page(accept: string): Promise<{ contentType: string; text: string }> {
    const registry = accept.includes('application/openmetrics-text') ? this.#openMetrics : this.#prometheus;
    return { contentType: registry.contentType, text: await registry.metrics() };
  }
}

/** Gauges with a counter's name: each is the sum of another metric on the page. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

function collectRuntime(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}

function register(registry: Registry, { name, help, type, read }: Reading): void {
  const metric = { name, help, type, get: async () => ({ name, help, type, values: read(), aggregator: 'sum' }) };
  registry.registerMetric(metric as unknown as Metric);
}

const zeros = (names: readonly string[]): Map<string, number> => new Map(names.map((name) => [name, 0]));

const samplesOf = (label: string, counts: Map<string, number>): Sample[] =>
  [...counts].map(([name, value]) => ({ labels: { [label]: name }, value }));
