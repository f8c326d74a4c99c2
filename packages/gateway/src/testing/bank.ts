import type { LeaseGrant, LeaseRequest, LeaseSource } from '@api-factory/core';

/**
 * A lease source in memory that counts like the database and can fail before or after a grant. The
 * real one has its own tests; this one can lose responses on purpose.
 */
export class Bank implements LeaseSource {
  limit: number | null;
  leased = 0;
  requests: LeaseRequest[] = [];
  /** Faults of the next requests, in order. Later requests succeed. */
  faults: ('refuse' | 'lose-answer' | 'fail')[] = [];
  atOnce = 10;
  endsAt = 30 * 86_400_000;
  periodId = 'per_1';
  readonly #answered = new Map<string, number>();
  #gate: Promise<void> = Promise.resolve();

  constructor(limit: number | null) {
    this.limit = limit;
  }

  /** Delays every response until the returned function is called. */
  hold(): () => void {
    let open = () => {};
    this.#gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }

  async acquire(request: LeaseRequest): Promise<LeaseGrant> {
    this.requests.push(request);
    const fault = this.faults.shift();
    if (fault === 'refuse') throw new Error('connection refused');
    if (fault === 'fail') throw new Error('no such entitlement');
    const grant = this.#grant(request);
    await this.#gate;
    if (fault === 'lose-answer') throw new Error('connection lost');
    return grant;
  }

  #grant({ requestId, need, want, surrender, periodId }: LeaseRequest): LeaseGrant {
    const period = { periodId: this.periodId, startsAt: 0, endsAt: this.endsAt, nowMs: 0 };
    if (this.limit === null) return { ...period, granted: Number.POSITIVE_INFINITY, unleased: Number.POSITIVE_INFINITY };
    let granted = this.#answered.get(requestId);
    if (granted === undefined) {
      if (periodId === this.periodId) this.leased -= surrender;
      const room = this.limit - this.leased;
      granted = room >= need ? Math.max(0, Math.min(want, room)) : 0;
      this.leased += granted;
      this.#answered.set(requestId, granted);
    }
    return { ...period, granted, unleased: Math.max(0, this.limit - this.leased) };
  }

  isAway({ message }: Error): boolean {
    return message.startsWith('connection');
  }

  async releaseAll(): Promise<void> {}
  async writeOff(): Promise<void> {}
}
