import { ProblemError } from '@api-factory/core';
import { trackedCustomers } from '../store/customers.ts';
import { deleteExpired } from '../store/retention.ts';
import { recordSwept } from '../store/state.ts';
import { disputes, findCustomer, subscribers, testClocks } from '../stripe/account.ts';
import { askStripe } from '../stripe/errors.ts';
import { attemptSync } from './drain.ts';
import { inParallel } from './in-parallel.ts';
import type { JobContext, ReconcileReport } from './jobs.ts';

/**
 * Syncs every customer with a subscription, here or in Stripe, and records drift before correcting
 * it. Objects that Stripe refuses to return are reported and skipped, so that one of them does not
 * block the rest. Deletes expired rows at the end.
 * @throws ProblemError STRIPE_UNAVAILABLE
 */
export async function sweep(job: JobContext, report: ReconcileReport, stopped: () => boolean): Promise<void> {
  const { context, billing } = job;
  const { db, clock } = context;
  const startedAt = new Date(clock.now());
  const read = createRead(job);
  const customers = await allCustomers(job, read.ask);
  const found = await disputesOf(job, { customers, ask: read.ask });
  report.total = customers.size;
  let failed = 0;
  await inParallel(customers, async (customerId) => {
    if (stopped()) return;
    const outcome = await attemptSync(job, customerId, { sweep: true, disputes: found.get(customerId) ?? [] });
    report.customers += 1;
    if (outcome === null) failed += 1;
    if (outcome?.drift === true) {
      report.drift += 1;
      job.counters.drift += 1;
    }
  });
  if (stopped()) return;
  // A customer whose sync failed is due again anyway: the sweep need not be repeated for it.
  const failures = [
    ...(failed > 0 ? [`${failed} of ${customers.size} customers could not be synced; each is retried`] : []),
    ...(read.refused() > 0 ? [`Stripe refused ${count(read.refused(), 'request')}; the objects were skipped`] : []),
  ];
  if (failures.length > 0) report.error = failures.join('. ');
  await recordSwept(db, billing.mode, startedAt);
  await deleteExpired(db, billing.mode, startedAt);
}

/** Sends requests to Stripe; a refusal is counted, not thrown. */
type Ask = (request: () => Promise<void>) => Promise<void>;

function createRead({ context, counters, warn }: JobContext): { ask: Ask; refused: () => number } {
  let refused = 0;
  return {
    refused: () => refused,
    ask: async (request) => {
      try {
        await askStripe(context, request);
      } catch (error) {
        if (!(error instanceof ProblemError && error.code === 'STRIPE_REJECTED')) throw error;
        refused += 1;
        counters.failures += 1;
        warn('sweep', error);
      }
    },
  };
}

async function allCustomers({ context, billing }: JobContext, ask: Ask): Promise<Set<string>> {
  const { stripe, mode } = billing;
  const customers = new Set<string>();
  for await (const id of trackedCustomers(context.db, mode)) customers.add(id);
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

async function disputesOf(
  { billing: { stripe } }: JobContext,
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

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
