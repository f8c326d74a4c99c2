import type { LeaseGrant, LeaseRequest } from '@api-factory/core';

/** The most requests in one statement. */
export const LARGEST_BATCH = 64;

interface Waiting {
  request: LeaseRequest;
  resolve: (grant: LeaseGrant) => void;
  reject: (error: unknown) => void;
}

export interface GrantBatchesOptions {
  /** Statements at once: the connections of the pool. */
  connections: number;
  /** Grants one request. It may wait for row locks and try several times. */
  grantOne: (request: LeaseRequest) => Promise<LeaseGrant>;
  /** Grants requests of different entitlements; null for one that needs `grantOne`. */
  grantMany: (requests: LeaseRequest[]) => Promise<(LeaseGrant | null)[]>;
  /** Whether an error means that the database can't be reached. */
  isAway: (error: Error) => boolean;
}

/** Few, so that the requests of the next batch gather while these run. */
const BATCHES_AT_ONCE = 2;

/**
 * Grants the lease requests of one tick, and those that arrive while earlier statements run, in one
 * statement. Each on its own would take a commit, which limits how many entitlements can start at
 * once.
 */
export class GrantBatches {
  readonly #options: GrantBatchesOptions;
  #waiting: Waiting[] = [];
  /** What a batch could not decide, or all of one that failed because of one of its requests. */
  readonly #alone: Waiting[] = [];
  #statements = 0;
  #batches = 0;
  #scheduled = false;

  constructor(options: GrantBatchesOptions) {
    this.#options = options;
  }

  /** @throws Error of the statement; the request may have been granted */
  acquire(request: LeaseRequest): Promise<LeaseGrant> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#next();
      });
    });
  }

  #next(): void {
    const free = () => this.#statements < this.#options.connections;
    while (this.#alone.length > 0 && free()) this.#run(() => this.#grantOne(this.#alone.shift() as Waiting));
    while (this.#waiting.length > 0 && free() && this.#batches < BATCHES_AT_ONCE) this.#run(() => this.#grantBatch(this.#take()));
  }

  async #run(statement: () => Promise<void>): Promise<void> {
    this.#statements += 1;
    await statement();
    this.#statements -= 1;
    this.#next();
  }

  /** The oldest requests, of different entitlements. */
  #take(): Waiting[] {
    const batch = new Map<string, Waiting>();
    const rest: Waiting[] = [];
    for (const one of this.#waiting) {
      const { entitlementId } = one.request;
      if (batch.size < LARGEST_BATCH && !batch.has(entitlementId)) batch.set(entitlementId, one);
      else rest.push(one);
    }
    this.#waiting = rest;
    return [...batch.values()];
  }

  async #grantOne({ request, resolve, reject }: Waiting): Promise<void> {
    await this.#options.grantOne(request).then(resolve, reject);
  }

  async #grantBatch(batch: Waiting[]): Promise<void> {
    const [first] = batch;
    if (batch.length === 1 && first) return this.#grantOne(first);
    this.#batches += 1;
    try {
      const grants = await this.#options.grantMany(batch.map(({ request }) => request));
      for (const [index, grant] of grants.entries()) {
        const one = batch[index] as Waiting;
        if (grant === null) this.#alone.push(one);
        else one.resolve(grant);
      }
    } catch (error) {
      if (this.#options.isAway(error as Error)) for (const { reject } of batch) reject(error);
      else this.#alone.push(...batch);
    } finally {
      this.#batches -= 1;
    }
  }
}
