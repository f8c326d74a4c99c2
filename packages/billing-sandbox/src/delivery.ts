import type { DeliverNow, DeliverySettings } from './controls-types.ts';
import type { Event } from './objects/types.ts';
import { signatureHeader } from './signature.ts';
import type { State } from './state.ts';

/**
 * Seconds of real time before each retry of a failed delivery. After the last one the event is
 * abandoned, as at Stripe after three days.
 */
const retrySeconds = [1, 5, 25, 125, 625];
const maxParallel = 8;
const responseTimeoutMs = 20_000;

export type DeliveryOptions = {
  state: State;
  /** Real time in ms, used in signatures. */
  clock: { now(): number };
  randomBytes: (n: number) => Uint8Array;
  /** Called after each attempt: the delivery counts may have changed. */
  onChange: () => void;
};

export type Delivery = {
  /** Sends a new event to every subscribed endpoint, according to the settings. */
  enqueue(event: Event): void;
  set(settings: DeliverySettings): DeliverySettings;
  deliver(input: DeliverNow): Promise<{ deliveries: { eventId: string; status: number }[] }>;
  /** Drops held events and returns their number. */
  drop(eventIds: string[]): number;
  /** Resolves when nothing is in delivery or waiting for a retry. Held events don't count. */
  idle(): Promise<void>;
  /** Resets the settings and drops held events. */
  reset(): void;
  close(): Promise<void>;
};

type Job = { event: Event; endpoint: string; attempt: number };

/**
 * Delivers signed events to webhook endpoints: immediately and with retries, or as unreliably as
 * the settings say.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const closing = new AbortController();
  const queue = createQueue((job) => send(options, { event: job.event, endpoint: job.endpoint, closing: closing.signal }));
  let settings: DeliverySettings = { mode: 'normal' };
  let held: Event[] = [];
  const dispatch = (event: Event) => {
    const jobs = targets(options.state, event).map((endpoint): Job => ({ event, endpoint, attempt: 0 }));
    for (let count = 0; count < (settings.times ?? 1); count += 1)
      for (const job of jobs) queue.add(job, waitMs(settings, options.randomBytes));
  };
  return {
    enqueue(event) {
      if (settings.mode === 'normal') dispatch(event);
      if (settings.mode === 'hold') held.push(event);
    },
    set(next) {
      settings = next;
      if (settings.mode !== 'normal') return settings;
      for (const event of held.splice(0)) dispatch(event);
      return settings;
    },
    async deliver(input) {
      const events = input.eventIds?.flatMap((id) => options.state.events[id] ?? []) ?? [...held];
      held = held.filter((event) => !events.includes(event));
      const sends = events.flatMap((event) => Array.from({ length: input.times ?? 1 }, () => () => deliverOnce(options, event, input)));
      if (input.parallel) return { deliveries: (await Promise.all(sends.map((go) => go()))).flat() };
      const deliveries = [];
      for (const go of sends) deliveries.push(...(await go()));
      return { deliveries };
    },
    drop(eventIds) {
      const before = held.length;
      held = held.filter(({ id }) => !eventIds.includes(id));
      return before - held.length;
    },
    idle: queue.idle,
    reset() {
      settings = { mode: 'normal' };
      held = [];
      queue.clear();
    },
    close() {
      closing.abort();
      return queue.close();
    },
  };
}

async function deliverOnce(options: DeliveryOptions, event: Event, input: DeliverNow): Promise<{ eventId: string; status: number }[]> {
  const sent = [];
  for (const endpoint of targets(options.state, event)) {
    sent.push({ eventId: event.id, status: await send(options, { event, endpoint, input }) });
  }
  return sent;
}

/** The ids of the enabled endpoints that subscribe to the event. */
function targets(state: State, event: Event): string[] {
  return Object.values(state.webhookEndpoints)
    .filter(({ status, enabled_events: types }) => status === 'enabled' && (types.includes('*') || types.includes(event.type)))
    .map(({ id }) => id);
}

/** One POST. Returns the response status, 0 without a response. */
async function send(
  options: DeliveryOptions,
  what: { event: Event; endpoint: string; input?: DeliverNow; closing?: AbortSignal },
): Promise<number> {
  const { state } = options;
  const url = state.webhookEndpoints[what.endpoint]?.url;
  const own = state.inner.webhookSecrets[what.endpoint];
  if (!url || !own) return 0;
  const body = JSON.stringify(what.event, null, 2);
  const signature = signatureHeader(body, {
    secret: what.input?.signature === 'wrong' ? 'whsec_wrong' : (what.input?.secret ?? own),
    seconds: Math.floor(options.clock.now() / 1000) + shiftSeconds(what.input?.signature),
  });
  const timeout = AbortSignal.timeout(responseTimeoutMs);
  const signal = what.closing ? AbortSignal.any([timeout, what.closing]) : timeout;
  const status = await post(url, { body, signature, signal });
  if (status >= 200 && status < 300) {
    state.inner.delivered[what.event.id] = (state.inner.delivered[what.event.id] ?? 0) + 1;
    const stored = state.events[what.event.id];
    if (stored) stored.pending_webhooks = Math.max(0, stored.pending_webhooks - 1);
  }
  options.onChange();
  return status;
}

async function post(url: string, { body, signature, signal }: { body: string; signature: string; signal: AbortSignal }): Promise<number> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body,
      redirect: 'manual',
      signal,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'stripe-signature': signature,
        'user-agent': 'Stripe/1.0 (local sandbox)',
      },
    });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return 0;
  }
}

function shiftSeconds(signature: DeliverNow['signature']): number {
  if (signature === 'old') return -3600;
  return signature === 'future' ? 3600 : 0;
}

function waitMs(settings: DeliverySettings, randomBytes: (n: number) => Uint8Array): number {
  const delay = settings.delayMs ?? 0;
  if (!settings.shuffle) return delay;
  return delay + (randomBytes(1)[0] ?? 0) / 2;
}

/** Runs a few jobs at a time and retries failed ones. */
function createQueue(run: (job: Job) => Promise<number>) {
  let generation = 0;
  let waiting: Job[] = [];
  let running = 0;
  const timers = new Set<NodeJS.Timeout>();
  const idlers: (() => void)[] = [];
  const settle = () => {
    if (running > 0 || waiting.length > 0 || timers.size > 0) return;
    for (const resolve of idlers.splice(0)) resolve();
  };
  const later = (job: Job, ms: number) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      waiting.push(job);
      next();
    }, ms);
    timers.add(timer);
  };
  const work = async (job: Job, startedIn: number) => {
    running += 1;
    const status = await run(job);
    running -= 1;
    const retryIn = retrySeconds[job.attempt];
    const failed = status < 200 || status >= 300;
    if (failed && retryIn !== undefined && startedIn === generation) later({ ...job, attempt: job.attempt + 1 }, retryIn * 1000);
    next();
  };
  const next = () => {
    while (running < maxParallel) {
      const job = waiting.shift();
      if (!job) break;
      void work(job, generation);
    }
    settle();
  };
  const clear = () => {
    generation += 1;
    waiting = [];
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
    settle();
  };
  const idle = () =>
    new Promise<void>((resolve) => {
      idlers.push(resolve);
      settle();
    });
  return {
    add(job: Job, ms: number) {
      if (ms > 0) return later(job, ms);
      waiting.push(job);
      next();
    },
    clear,
    idle,
    close() {
      clear();
      return idle();
    },
  };
}
