import type { Customer, Dispute, Subscription } from '../objects/types.ts';
import type { State } from '../state.ts';
import { type Html, html } from './html.ts';
import { priceText, productText } from './words.ts';

/** Effectively all payments. */
export const ALL_PAYMENTS = 1_000_000_000;

const FINAL = ['won', 'lost', 'warning_closed', 'prevented'];

/** A customer with payments, subscriptions and disputes, and the actions for each. */
export function customerBlock(state: State, customer: Customer): Html {
  const subscriptions = Object.values(state.subscriptions).filter((subscription) => subscription.customer === customer.id);
  const disputes = Object.values(state.disputes).filter(({ charge }) => state.charges[charge]?.customer === customer.id);
  return html`<h3>${customer.email ?? customer.name ?? customer.id}</h3>
<p><code>${customer.id}</code> ${failureText(state.inner.failures[customer.id] ?? 0)}</p>
<form method="post" action="/act/customer"><input type="hidden" name="customer" value="${customer.id}">
<button name="do" value="fail-all">Fail payments</button>
<button name="do" value="fail">Fail next payment</button>
<button name="do" value="succeed">Let payments succeed</button>
<button name="do" value="pay">Pay open invoices</button>
<button name="do" value="refund">Refund last payment</button>
<button name="do" value="dispute">Open dispute</button>
<button name="do" value="warn">Send fraud warning</button>
</form>
${subscriptions.map((subscription) => subscriptionBlock(state, subscription))}
${disputes.map(disputeBlock)}`;
}

function failureText(failures: number): Html | null {
  if (failures === 0) return null;
  const many = failures >= ALL_PAYMENTS / 2 ? 'All payments fail until you let them succeed.' : `The next ${failures} payments fail.`;
  return html`<strong>${failures === 1 ? 'The next payment fails.' : many}</strong>`;
}

function subscriptionBlock(state: State, { id, status, items }: Subscription): Html {
  const isEnded = status === 'canceled' || status === 'incomplete_expired';
  const price = items.data[0]?.price;
  const sold = price ? `${productText(price, state.products[price.product])}, ${priceText(price)}` : 'no price';
  return html`<form method="post" action="/act/cancel"><input type="hidden" name="subscription" value="${id}">
<p>${sold}: <strong>${status}</strong> <code class="soft">${id}</code> ${isEnded ? null : html`<button>Cancel</button>`}</p></form>`;
}

function disputeBlock({ id, status }: Dispute): Html {
  return html`<form method="post" action="/act/dispute"><input type="hidden" name="dispute" value="${id}">
<p>Dispute: <strong>${status}</strong> <code class="soft">${id}</code> ${FINAL.includes(status) ? null : disputeButtons(status)}</p></form>`;
}

/** Withdrawing a dispute wins it; withdrawing a warning, which moved no money, closes it. */
function disputeButtons(status: string): Html {
  if (status.startsWith('warning_')) return html`<button name="status" value="warning_closed">Withdraw</button>`;
  return html`<button name="status" value="won">Win</button>
<button name="status" value="lost">Lose</button>
<button name="do" value="withdraw">Withdraw (won)</button>`;
}
