import { ProblemError } from '@api-factory/core';
import { customersOfOurs } from '../store/customers.ts';
import { forgetOld } from '../store/retention.ts';
import { noteSwept } from '../store/state.ts';
import { disputes, findCustomer, subscribers, testClocks } from '../stripe/account.ts';
import { askStripe } from '../stripe/errors.ts';
import { lookAt } from './drain.ts';
import { inParallel } from './in-parallel.ts';
import type { ReconcileReport, Working } from './jobs.ts';

/**
 * Looks at every customer that we or Stripe know to have a subscription, and writes down what differed before it is repaired. What can't be read at Stripe is
 * reported and left out: one broken object must not keep all others from being swept. Forgets what is old at its end.
 * @throws ProblemError STRIPE_UNAVAILABLE
 */
export async function sweep(working: Working, report: ReconcileReport, stopped: () => boolean): Promise<void> {
  const { context, billing } = working;
  const { db, clock } = context;
  const startedAt = new Date(clock.now());
  const read = createRead(working);
  const customers = await everyCustomer(working, read.ask);
  const found = await disputesOf(working, { customers, ask: read.ask });
  report.total = customers.size;
  let failed = 0;
  await inParallel(customers, async (customerId) => {
    if (stopped()) return;
    const outcome = await lookAt(working, customerId, { sweep: true, disputes: found.get(customerId) ?? [] });
    report.customers += 1;
    if (outcome === null) failed += 1;
    if (outcome?.drift === true) {
      report.drift += 1;
      working.counters.drift += 1;
    }
  });
  if (stopped()) return;
  // A customer that could not be looked at is due again by itself: the sweep need not be repeated for it.
  const failures = [
    ...(failed > 0 ? [`${failed} of ${customers.size} customers could not be looked at; each is tried again`] : []),
    ...(read.refused() > 0 ? [`${read.refused()} questions were refused by Stripe; what they asked for was left out`] : []),
  ];
  if (failures.length > 0) report.error = failures.join('. ');
  await noteSwept(db, billing.mode, startedAt);
  await forgetOld(db, billing.mode, startedAt);
}

/** Asks Stripe something whose refusal is counted and not passed on. */
type Ask = (question: () => Promise<void>) => Promise<void>;

function createRead({ context, counters, warn }: Working): { ask: Ask; refused: () => number } {
  let refused = 0;
  return {
    refused: () => refused,
    ask: async (question) => {
      try {
        await askStripe(context, question);
      } catch (error) {
        if (!(error instanceof ProblemError && error.code === 'STRIPE_REJECTED')) throw error;
        refused += 1;
        counters.failures += 1;
        warn('sweep', error);
      }
    },
  };
}

async function everyCustomer({ context, billing }: Working, ask: Ask): Promise<Set<string>> {
  const { stripe, mode } = billing;
  const customers = new Set<string>();
  for await (const id of customersOfOurs(context.db, mode)) customers.add(id);
  const addSubscribers = (testClock?: string) =>
    ask(async () => {
      for await (const id of subscribers(stripe, testClock)) customers.add(id);
    });
  await addSubscribers();
  if (mode === 'live') return customers;
  const clocks: string[] = [];
  await ask(async () => {
    for await (const id of testClocks(stripe)) clocks.push(id);
  });
  await inParallel(clocks, addSubscribers);
  return customers;
}

/** The disputes of each of the customers. */
async function disputesOf(
  { billing: { stripe } }: Working,
  { customers, ask }: { customers: Set<string>; ask: Ask },
): Promise<Map<string, string[]>> {
  const all: { id: string; chargeId: string }[] = [];
  await ask(async () => {
    for await (const dispute of disputes(stripe)) all.push(dispute);
  });
  const found = new Map<string, string[]>();
  await inParallel(all, ({ id, chargeId }) =>
    ask(async () => {
      const customerId = await findCustomer(stripe, 'charge', chargeId);
      if (customerId !== null && customers.has(customerId)) found.set(customerId, [...(found.get(customerId) ?? []), id]);
    }),
  );
  return found;
}
