import { invalid } from '../api/stripe-error.ts';
import { makeDispute, makeFraudWarning } from '../objects/dispute.ts';
import { makeRefund } from '../objects/payment.ts';
import type { Charge, Dispute, FraudWarning, Refund } from '../objects/types.ts';
import { assign, change, type Runtime } from '../runtime.ts';

/** The customer's last paid charge. Throws when there is none. */
export function lastCharge(runtime: Runtime, customerId: string): Charge {
  const charge = Object.values(runtime.state.charges).findLast(({ customer, paid }) => customer === customerId && paid);
  if (!charge) throw invalid(`The customer '${customerId}' has no paid charge.`);
  return charge;
}

/** Opens a dispute and withdraws the money, unless it is only a warning. */
export function openDispute(runtime: Runtime, charge: Charge, status: string): Dispute {
  const dispute = makeDispute(runtime, charge, status);
  charge.disputed = true;
  runtime.emit('charge.dispute.created', dispute);
  if (!status.startsWith('warning_')) runtime.emit('charge.dispute.funds_withdrawn', dispute);
  return dispute;
}

/** Changes the status of a dispute. A final status closes it; winning it returns the money. */
export function setDispute(runtime: Runtime, dispute: Dispute, status: string): void {
  if (dispute.status === status) return;
  const previous = assign(dispute, { status });
  const final = ['won', 'lost', 'warning_closed', 'prevented'].includes(status);
  runtime.emit(final ? 'charge.dispute.closed' : 'charge.dispute.updated', dispute, final ? undefined : previous);
  if (status === 'won') runtime.emit('charge.dispute.funds_reinstated', dispute);
}

/** Refunds money. Throws when it exceeds the unrefunded amount. */
export function refundCharge(runtime: Runtime, charge: Charge, input: { amount: number | null; reason: string | null }): Refund {
  const left = charge.amount - charge.amount_refunded;
  const amount = input.amount ?? left;
  if (left === 0) throw invalid(`Charge ${charge.id} has already been refunded.`, undefined, 'charge_already_refunded');
  if (amount > left) throw invalid(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, 'amount');
  const refund = makeRefund(runtime, charge, { amount, reason: input.reason });
  const refunded = charge.amount_refunded + amount;
  runtime.emit('refund.created', refund);
  change(runtime, { type: 'charge.refunded', object: charge, patch: { amount_refunded: refunded, refunded: refunded === charge.amount } });
  return refund;
}

/** Creates the card network's early fraud warning for a charge. */
export function warnOfFraud(runtime: Runtime, charge: Charge): FraudWarning {
  const warning = makeFraudWarning(runtime, charge);
  runtime.emit('radar.early_fraud_warning.created', warning);
  return warning;
}
