/** Upper bounds of the buckets, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Series {
  labels: Record<string, string | number>;
  buckets: Float64Array;
  sum: number;
  count: number;
}

export interface Sample {
  metricName?: string;
  labels: Record<string, string | number>;
  value: number;
}

/**
 * The durations of one route by status. `observe` only increments an array element: it is on the
 * hot path.
 */
export class RouteDurations {
  readonly #method: string;
  readonly #route: string;
  readonly #byStatus = new Map<number, Series>();

  constructor(method: string, route: string) {
    this.#method = method;
    this.#route = route;
  }

  observe(status: number, seconds: number): void {
    let series = this.#byStatus.get(status);
    if (!series) {
      series = { labels: { method: this.#method, route: this.#route, status }, buckets: new Float64Array(BOUNDS.length), sum: 0, count: 0 };
      this.#byStatus.set(status, series);
    }
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] as number)) bucket++;
    if (bucket < BOUNDS.length) series.buckets[bucket] = (series.buckets[bucket] as number) + 1;
    series.sum += seconds;
    series.count += 1;
  }

  /** Cumulative buckets, sum and count, as the exposition formats define them. */
  samples(name: string): Sample[] {
    const samples: Sample[] = [];
    for (const { labels, buckets, sum, count } of this.#byStatus.values()) {
      let below = 0;
      for (const [index, bound] of BOUNDS.entries()) {
        below += buckets[index] as number;
        samples.push({ metricName: `${name}_bucket`, labels: { le: bound, ...labels }, value: below });
      }
      samples.push({ metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: count });
      samples.push({ metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: count });
    }
    return samples;
  }
}
