import type { Sample } from './prometheus.ts';
import { addUp, increases, sumBy } from './prometheus-counters.ts';
import { type Bucket, bucketsOf, mergeBuckets, quantileOf } from './prometheus-histogram.ts';

/** So many steps are kept: a quarter of an hour at one scrape every five seconds. */
const MOST_STEPS = 180;
/** Two scrapes closer than this say nothing of a rate. */
const SHORTEST_SECONDS = 0.5;
const DURATION = 'http_server_request_duration_seconds';
const VERDICTS = 'api_factory_guard_verdicts_total';
const STARTED = 'process_start_time_seconds';
/** Every published api lies below it; the rest is the console’s own, the scraper’s and the buyers’ traffic. */
const PUBLISHED = '/api/v1/';

/** Requests of one step. */
export interface Traffic {
  /** Answers by class: `2xx` to `5xx`. */
  byClass: ReadonlyMap<string, number>;
  /** How long they took, in seconds. */
  buckets: readonly Bucket[];
}

/** Which requests are looked at: those to published apis, or all. */
export type TrafficName = 'published' | 'all';

/** What happened between two scrapes. */
export interface Step {
  /** Its end, in ms since 1970. */
  at: number;
  seconds: number;
  traffic: Record<TrafficName, Traffic>;
  /** Decisions of the guard by code. */
  verdicts: ReadonlyMap<string, number>;
}

/** What the last scrape said. */
interface Scrape {
  at: number;
  counters: readonly Sample[];
  /** Values without labels, by name. */
  gauges: ReadonlyMap<string, number>;
}

/** Scrapes since the console was opened. Lives in the query cache, so that it goes with the session. */
export interface MetricsHistory {
  last: Scrape;
  /** Oldest first. */
  steps: readonly Step[];
}

/** The history with one scrape more. The counters of another process (after a restart) begin at 0. */
export function withScrape(history: MetricsHistory | undefined, samples: readonly Sample[], at: number): MetricsHistory {
  const last = scrapeOf(samples, at);
  if (history === undefined) return { last, steps: [] };
  const seconds = (at - history.last.at) / 1_000;
  // A clock that was set back: begin again from here.
  if (seconds <= 0) return { last, steps: history.steps };
  if (seconds < SHORTEST_SECONDS) return history;
  const restarted = history.last.gauges.get(STARTED) !== last.gauges.get(STARTED);
  const step = stepOf(increases(history.last.counters, last.counters, restarted), at, seconds);
  return { last, steps: [...history.steps, step].slice(-MOST_STEPS) };
}

function scrapeOf(samples: readonly Sample[], at: number): Scrape {
  const counters = samples.filter(({ name }) => name === VERDICTS || name === `${DURATION}_bucket` || name === `${DURATION}_count`);
  const plain = samples.filter(({ labels }) => Object.keys(labels).length === 0);
  return { at, counters, gauges: new Map(plain.map(({ name, value }) => [name, value])) };
}

function stepOf(grown: readonly Sample[], at: number, seconds: number): Step {
  const published = grown.filter(({ labels }) => labels.route?.startsWith(PUBLISHED));
  const verdicts = sumBy(named(grown, VERDICTS), ({ labels }) => labels.code);
  return { at, seconds, traffic: { published: trafficOf(published), all: trafficOf(grown) }, verdicts };
}

const trafficOf = (grown: readonly Sample[]): Traffic => ({
  byClass: sumBy(named(grown, `${DURATION}_count`), ({ labels }) => classOf(labels.status)),
  buckets: bucketsOf(named(grown, `${DURATION}_bucket`)),
});

const named = (samples: readonly Sample[], wanted: string): Sample[] => samples.filter(({ name }) => name === wanted);

const classOf = (status: string | undefined): string | undefined =>
  status !== undefined && /^[1-5]\d\d$/.test(status) ? `${status[0]}xx` : undefined;

/** The guard’s decisions since the process started, by code. */
export const verdictsSoFar = ({ last }: MetricsHistory): Map<string, number> =>
  sumBy(named(last.counters, VERDICTS), ({ labels }) => labels.code);

/** Some steps as one. */
export interface Recent {
  requests: number;
  /** null: nothing was measured yet. */
  perSecond: number | null;
  /** Answers with 4xx; null when there was no request. */
  refusedShare: number | null;
  /** Answers with 5xx. */
  failedShare: number | null;
  buckets: readonly Bucket[];
}

/** The steps of the last `windowSeconds` before the newest one’s end. */
export function recentOf(steps: readonly Step[], which: TrafficName, windowSeconds: number): Recent {
  const since = (steps.at(-1)?.at ?? 0) - windowSeconds * 1_000;
  const shown = steps.filter(({ at }) => at > since);
  const byClass = addUp(shown.map(({ traffic }) => traffic[which].byClass));
  const seconds = shown.reduce((sum, step) => sum + step.seconds, 0);
  const requests = requestsOf(byClass);
  const share = (name: string) => (requests === 0 ? null : (byClass.get(name) ?? 0) / requests);
  return {
    requests,
    perSecond: seconds === 0 ? null : requests / seconds,
    refusedShare: share('4xx'),
    failedShare: share('5xx'),
    buckets: mergeBuckets(shown.map(({ traffic }) => traffic[which].buckets)),
  };
}

/** All answers of a class map. */
export const requestsOf = (byClass: ReadonlyMap<string, number>): number => [...byClass.values()].reduce((sum, count) => sum + count, 0);

/** A quantile of durations in ms. */
export function quantileMs(quantile: number, buckets: readonly Bucket[]): number | null {
  const seconds = quantileOf(quantile, buckets);
  return seconds === null ? null : seconds * 1_000;
}
