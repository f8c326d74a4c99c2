import { sessionOf } from './api/checkout-sessions.ts';
import { customerOf } from './api/customers.ts';
import { invalid, missing } from './api/stripe-error.ts';
import { subscriptionById } from './api/subscription-by-id.ts';
import type { Controls } from './controls-types.ts';
import type { Delivery } from './delivery.ts';
import { cancelNow } from './engine/cancel.ts';
import { changePrice } from './engine/change-items.ts';
import { expireSession, payCheckout } from './engine/checkout.ts';
import { lastCharge, openDispute, refundCharge, setDispute, warnOfFraud } from './engine/disputes.ts';
import type { Engine } from './engine/engine.ts';
import { payOpenInvoices } from './engine/pay-invoice.ts';
import { setStatus } from './engine/set-status.ts';
import type { Event } from './objects/types.ts';
import type { State } from './state.ts';

export type ControlOptions = {
  engine: Engine;
  delivery: Delivery;
  /** Makes coming requests fail. */
  injectFault: (input: { with: 500 | 429 | 'timeout'; times: number; path?: string }) => void;
  /** Empties the account. */
  reset: () => void;
  /** Called after each control: the state may have changed. */
  onChange: () => void;
};

/** The controls. Each first runs everything that is due. */
export function createControls(options: ControlOptions): Controls {
  const all: Controls = { ...buyerControls(options.engine), ...disputeControls(options.engine), ...machineControls(options) };
  const wrapped = Object.entries(all).map(([name, run]) => [
    name,
    (input: never) => {
      options.engine.catchUp();
      try {
        return (run as (input: never) => unknown)(input);
      } finally {
        options.onChange();
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Controls;
}

/** Seconds. All steps of an advance run in one turn of the event loop and block API calls. */
const LONGEST_ADVANCE = 5 * 366 * 86_400;
/**
 * Epoch seconds. A period that starts before it ends at a time that every part of the product can
 * represent.
 */
const LAST_MOMENT = Date.UTC(2200, 0) / 1000;

type Buyer = Pick<
  Controls,
  'pay' | 'completeAction' | 'advance' | 'failPayments' | 'payOpenInvoices' | 'setStatus' | 'changePrice' | 'cancel'
>;

function buyerControls({ runtime, advance }: Engine): Buyer {
  const { state } = runtime;
  const outcome = (sessionId: string) => ({
    sessionStatus: sessionOf(state, sessionId).status,
    subscriptionId: sessionOf(state, sessionId).subscription ?? state.inner.attempts[sessionId] ?? null,
  });
  return {
    pay(input) {
      const session = sessionOf(state, input.sessionId);
      if (input.outcome === 'abandons') expireSession(runtime, session);
      else payCheckout(runtime, session, { verdict: input.outcome, email: input.email ?? null });
      return outcome(input.sessionId);
    },
    completeAction(input) {
      payCheckout(runtime, sessionOf(state, input.sessionId), { verdict: input.succeeds ? 'pays' : 'declines', email: null });
      return outcome(input.sessionId);
    },
    advance({ seconds }) {
      if (!Number.isInteger(seconds) || seconds < 0) throw invalid('seconds must be a non-negative integer.', 'seconds');
      if (seconds > LONGEST_ADVANCE) throw invalid(`seconds must be at most ${LONGEST_ADVANCE}, which is five years.`, 'seconds');
      if (runtime.now() + seconds >= LAST_MOMENT)
        throw invalid('The clock must stay before the year 2200. Reset the sandbox to set it back.', 'seconds');
      return { now: advance(seconds) };
    },
    failPayments({ customerId, times }) {
      state.inner.failures[customerOf(state, customerId).id] = times;
      return { times };
    },
    payOpenInvoices: ({ customerId }) => ({ paid: payOpenInvoices(runtime, customerId) }),
    setStatus(input) {
      const subscription = subscriptionById(state, input.subscriptionId);
      setStatus(runtime, subscription, { status: input.status, pausedReason: input.pausedReason ?? null });
      return { status: subscription.status };
    },
    changePrice(input) {
      const subscription = subscriptionById(state, input.subscriptionId);
      changePrice(runtime, { subscription, priceId: input.priceId, anchor: input.anchor });
      return { status: subscription.status };
    },
    cancel({ subscriptionId }) {
      const subscription = subscriptionById(state, subscriptionId);
      cancelNow(runtime, subscription, 'cancellation_requested');
      return { status: subscription.status };
    },
  };
}

function disputeControls({ runtime }: Engine): Pick<Controls, 'openDispute' | 'setDispute' | 'refund' | 'warnOfFraud'> {
  return {
    openDispute: ({ customerId, status }) => ({ id: openDispute(runtime, lastCharge(runtime, customerId), status ?? 'needs_response').id }),
    setDispute({ disputeId, status }) {
      const dispute = runtime.state.disputes[disputeId];
      if (!dispute) throw missing('dispute', disputeId);
      setDispute(runtime, dispute, status);
      return { id: disputeId, status };
    },
    refund: ({ customerId }) => ({
      id: refundCharge(runtime, lastCharge(runtime, customerId), { amount: null, reason: 'requested_by_customer' }).id,
    }),
    warnOfFraud: ({ customerId }) => ({ id: warnOfFraud(runtime, lastCharge(runtime, customerId)).id }),
  };
}

type Machine = Pick<Controls, 'retries' | 'delivery' | 'deliver' | 'drop' | 'failRequests' | 'events' | 'dump' | 'reset'>;

function machineControls({ engine, delivery, injectFault, reset }: ControlOptions): Machine {
  const { state } = engine.runtime;
  return {
    retries({ after }) {
      state.afterRetries = after;
      return { after };
    },
    delivery: (settings) => delivery.set(settings),
    deliver: (input) => delivery.deliver(input ?? {}),
    drop: ({ eventIds }) => ({ dropped: delivery.drop(eventIds) }),
    failRequests(input) {
      injectFault(input);
      return { times: input.times };
    },
    events: () => Object.values(state.events).map((event) => summary(state, event)),
    dump() {
      const { webhookSecrets: _secrets, idempotency: _answers, ...inner } = state.inner;
      return structuredClone({ ...state, inner });
    },
    reset() {
      reset();
      return {};
    },
  };
}

function summary(state: State, event: Event) {
  const { object } = event.data;
  const named = object.object === 'customer' ? object.id : object.customer;
  return {
    id: event.id,
    type: event.type,
    created: event.created,
    customer: typeof named === 'string' ? named : null,
    delivered: state.inner.delivered[event.id] ?? 0,
  };
}
