import type { State } from '../state.ts';
import type { Params } from './params.ts';
import { StripeError } from './stripe-error.ts';

const day = 86_400_000;

export type Answer = { status: number; body: string };

/**
 * Replays the response for a known Idempotency-Key, and refuses the key with other parameters. As
 * at Stripe, validation errors are not stored. There is no concurrency: handlers are synchronous.
 */
export function createReplays(state: State, clock: { now(): number }) {
  return {
    run(input: { key: string | null; request: string; params: Params }, handle: () => Answer): Answer & { replayed: boolean } {
      const { key } = input;
      if (key === null) return { ...handle(), replayed: false };
      const kept = state.inner.idempotency;
      const request = JSON.stringify([input.request, input.params]);
      const stored = kept[key];
      if (stored && stored.at > clock.now() - day) {
        if (stored.request !== request) throw otherRequest(key);
        return { status: stored.status, body: stored.body, replayed: true };
      }
      const answer = handle();
      forget(kept, clock.now() - day);
      kept[key] = { at: clock.now(), request, ...answer };
      return { ...answer, replayed: false };
    },
  };
}

function forget(kept: State['inner']['idempotency'], before: number): void {
  for (const [key, { at }] of Object.entries(kept)) {
    if (at > before) return;
    delete kept[key];
  }
}

function otherRequest(key: string): StripeError {
  const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`;
  return new StripeError({ status: 400, type: 'idempotency_error', message });
}
