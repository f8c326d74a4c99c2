import { apiVersion } from './api-version.ts';
import { present } from './objects/present.ts';
import type { Event } from './objects/types.ts';
import type { State } from './state.ts';

/** Passed to every step of the engine: the state, the sandbox time, new ids and events. */
export type Runtime = {
  state: State;
  /**
   * Sandbox time in seconds: real time plus all advances; during an advance, the time of the
   * current step.
   */
  now(): number;
  /** A new id with Stripe's prefix, such as `cus_`. */
  id(prefix: string): string;
  /** Random hex digits for secrets in objects. */
  secret(): string;
  /** Emits an event with the object's current state to the webhooks. */
  emit(type: string, object: object, previous?: Record<string, unknown>): Event;
};

export type RuntimeOptions = {
  state: State;
  clock: { now(): number };
  randomBytes: (n: number) => Uint8Array;
  /** Called with each new event after it is added to the state. */
  onEvent: (event: Event) => void;
  /** The current request, for `event.request`. */
  request: () => { id: string | null; idempotency_key: string | null };
  /** The time of the current step of an advance, in seconds; null outside of one. */
  moment: () => number | null;
};

export function createRuntime(options: RuntimeOptions): Runtime {
  const { state } = options;
  const now = () => options.moment() ?? Math.floor(options.clock.now() / 1000) + state.advancedSeconds;
  const id = (prefix: string) => prefix + base62(options.randomBytes(24));
  return {
    state,
    now,
    id,
    secret: () => Buffer.from(options.randomBytes(16)).toString('hex'),
    emit(type, object, previous) {
      const event: Event = {
        id: id('evt_'),
        object: 'event',
        api_version: apiVersion,
        created: now(),
        data: { object: present(object), ...(previous ? { previous_attributes: structuredClone(previous) } : {}) },
        livemode: false,
        pending_webhooks: Object.keys(state.webhookEndpoints).length,
        request: options.request(),
        type,
      };
      state.events[event.id] = event;
      options.onEvent(event);
      return event;
    },
  };
}

/**
 * Changes fields of an object and emits an event, whose `previous_attributes` has the old value of
 * each changed field. Emits nothing when nothing changed.
 */
export function change<T extends object>(
  runtime: Runtime,
  { type, object, patch }: { type: string; object: T; patch: Partial<T> },
): boolean {
  const previous = assign(object, patch);
  if (Object.keys(previous).length === 0) return false;
  runtime.emit(type, object, previous);
  return true;
}

/** Sets the fields and returns the old value of each changed one. */
export function assign<T extends object>(object: T, patch: Partial<T>): Record<string, unknown> {
  const previous: Record<string, unknown> = {};
  for (const key of Object.keys(patch) as (keyof T & string)[]) {
    if (JSON.stringify(object[key]) === JSON.stringify(patch[key])) continue;
    previous[key] = object[key] ?? null;
    object[key] = patch[key] as T[typeof key];
  }
  return previous;
}

function base62(bytes: Uint8Array): string {
  const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  return [...bytes].map((byte) => letters[byte % 62]).join('');
}
