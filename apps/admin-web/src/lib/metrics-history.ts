import type { Sample } from './prometheus.ts';
import { increases, sumBy, sumMaps } from './prometheus-counters.ts';
import { type Bucket, bucketsOf, mergeBuckets, quantileOf } from './prometheus-histogram.ts';

/** 15 minutes at one scrape every five seconds. */
const MAX_STEPS = 180;
/** Scrapes closer together than this give no useful rate. */
const MIN_STEP_SECONDS = 0.5;
const DURATION = 'http_server_request_duration_seconds';
const VERDICTS = 'api_factory_guard_verdicts_total';
const STARTED = 'process_start_time_seconds';
/**
 * Prefix of every published API. Other requests come from the console, scrapers and the checkout.
 */
const PUBLISHED_PREFIX = '/api/v1/';

/** The requests of one step. */
export interface Traffic {
  /** Responses by status class, `1xx` to `5xx`. */
  byClass: ReadonlyMap<string, number>;
  /** Durations in seconds. */
  buckets: readonly Bucket[];
}

/** Requests to published APIs, or all requests. */
export type TrafficName = 'published' | 'all';

/** The increase between two scrapes. */
export interface Step {
  /** When it ended, in epoch ms. */
  at: number;
  seconds: number;
  traffic: Record<TrafficName, Traffic>;
  /** Guard decisions by code. */
  verdicts: ReadonlyMap<string, number>;
}

interface Scrape {
  at: number;
  counters: readonly Sample[];
  /** Samples without labels, by name. */
  gauges: ReadonlyMap<string, number>;
}

/**
 * Metrics since the console was opened. Kept in the query cache, which is cleared with the session.
 */
export interface MetricsHistory {
  last: Scrape;
  /** Oldest first. */
  steps: readonly Step[];
}

/** Adds a scrape to the history. After a restart the new process’s counters start at 0. */
export function withScrape(history: MetricsHistory | undefined, samples: readonly Sample[], at: number): MetricsHistory {
  const last = scrapeOf(samples, at);
  if (history === undefined) return { last, steps: [] };
  const seconds = (at - history.last.at) / 1_000;
  // The clock was set back: restart from here.
  if (seconds <= 0) return { last, steps: history.steps };
  if (seconds < MIN_STEP_SECONDS) return history;
  const restarted = history.last.gauges.get(STARTED) !== last.gauges.get(STARTED);
  const step = stepOf(increases(history.last.counters, last.counters, restarted), at, seconds);
  return { last, steps: [...history.steps, step].slice(-MAX_STEPS) };
}

function scrapeOf(samples: readonly Sample[], at: number): Scrape {
  const counters = samples.filter(({ name }) => name === VERDICTS || name === `${DURATION}_bucket` || name === `${DURATION}_count`);
  const plain = samples.filter(({ labels }) => Object.keys(labels).length === 0);
  return { at, counters, gauges: new Map(plain.map(({ name, value }) => [name, value])) };
}

function stepOf(increased: readonly Sample[], at: number, seconds: number): Step {
  const published = increased.filter(({ labels }) => labels.route?.startsWith(PUBLISHED_PREFIX));
  const verdicts = sumBy(named(increased, VERDICTS), ({ labels }) => labels.code);
  return { at, seconds, traffic: { published: trafficOf(published), all: trafficOf(increased) }, verdicts };
}

const trafficOf = (increased: readonly Sample[]): Traffic => ({
  byClass: sumBy(named(increased, `${DURATION}_count`), ({ labels }) => classOf(labels.status)),
  buckets: bucketsOf(named(increased, `${DURATION}_bucket`)),
});

const named = (samples: readonly Sample[], wanted: string): Sample[] => samples.filter(({ name }) => name === wanted);

const classOf = (status: string | undefined): string | undefined =>
  status !== undefined && /^[1-5]\d\d$/.test(status) ? `${status[0]}xx` : undefined;

/** Guard decisions by code, since the process started. */
export const verdictsSinceStart = ({ last }: MetricsHistory): Map<string, number> =>
  sumBy(named(last.counters, VERDICTS), ({ labels }) => labels.code);

/** Totals over several steps. */
export interface TrafficSummary {
  requests: number;
  /** null before the second scrape. */
  perSecond: number | null;
  /** Share of 4xx; null without requests. */
  clientErrorShare: number | null;
  /** Share of 5xx; null without requests. */
  failedShare: number | null;
  buckets: readonly Bucket[];
}

/** Sums up the last `windowSeconds` of the history, counted from the newest step. */
export function recentOf(steps: readonly Step[], which: TrafficName, windowSeconds: number): TrafficSummary {
  const since = (steps.at(-1)?.at ?? 0) - windowSeconds * 1_000;
  const shown = steps.filter(({ at }) => at > since);
  const byClass = sumMaps(shown.map(({ traffic }) => traffic[which].byClass));
  const seconds = shown.reduce((sum, step) => sum + step.seconds, 0);
  const requests = requestsOf(byClass);
  const share = (name: string) => (requests === 0 ? null : (byClass.get(name) ?? 0) / requests);
  return {
    requests,
    perSecond: seconds === 0 ? null : requests / seconds,
    clientErrorShare: share('4xx'),
    failedShare: share('5xx'),
    buckets: mergeBuckets(shown.map(({ traffic }) => traffic[which].buckets)),
  };
}

/** Total over all status classes. */
export const requestsOf = (byClass: ReadonlyMap<string, number>): number => [...byClass.values()].reduce((sum, count) => sum + count, 0);

/** A quantile of the durations, in ms. */
export function quantileMs(quantile: number, buckets: readonly Bucket[]): number | null {
  const seconds = quantileOf(quantile, buckets);
  return seconds === null ? null : seconds * 1_000;
}
