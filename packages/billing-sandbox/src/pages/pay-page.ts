import type { CheckoutSession, Price, Product } from '../objects/types.ts';
import { type Html, html } from './html.ts';
import { layout, messagePage } from './layout.ts';
import { priceText, productText } from './words.ts';

export type PayView = {
  session: CheckoutSession;
  lines: { price: Price; product: Product | undefined; quantity: number }[];
  trialDays: number | null;
  /** The cancel URL, or null. */
  cancelUrl: string | null;
  /** The success URL, or null. */
  successUrl: string | null;
  declined: boolean;
  /** Path of the page and the form's target. */
  path: string;
};

/** The hosted pay page: the line items and a button for each outcome of a payment. */
export function payPage(view: PayView): string {
  if (view.session.status !== 'open') return endedPage(view);
  return layout(
    'Pay',
    html`${view.declined ? html`<p class="note" role="alert">The card was declined. You can try again.</p>` : null}
${view.lines.map(lineOf)}
${view.trialDays === null ? null : html`<p>The first ${view.trialDays} days are free.</p>`}
<form method="post" action="${view.path}">
${emailField(view.session)}
<p class="soft">No card is needed and no money moves. Choose the outcome of the payment.</p>
<button class="first" name="outcome" value="pays">Pay</button>
<button name="outcome" value="declines">Decline</button>
<button name="outcome" value="needs_action">Needs action</button>
<button name="outcome" value="abandons" formnovalidate>Abandon</button>
</form>
${view.cancelUrl === null ? null : html`<p><a href="${view.cancelUrl}">Back without paying</a></p>`}`,
  );
}

/** The bank's confirmation, the second step after "Needs action". */
export function confirmPage(path: string): string {
  return layout(
    'Confirm the payment',
    html`<p>The bank wants the buyer to confirm this payment. Until then the subscription is incomplete.</p>
<form method="post" action="${path}/confirm">
<button class="first" name="succeeds" value="true">Confirm</button>
<button name="succeeds" value="false">Fail</button>
</form>
<p><a href="${path}">Back to the pay page</a></p>`,
  );
}

function endedPage({ session, successUrl, cancelUrl }: PayView): string {
  const isPaid = session.status === 'complete';
  const href = isPaid ? successUrl : cancelUrl;
  const message = isPaid ? 'This checkout is complete.' : 'This checkout has expired. Nothing was bought.';
  return messagePage('Pay', message, href === null ? null : { href, text: 'Back to the seller' });
}

function lineOf({ price, product, quantity }: PayView['lines'][number]): Html {
  return html`<h2>${productText(price, product)}</h2>
<p class="amount">${priceText(price)}${quantity === 1 ? null : ` × ${quantity}`}</p>`;
}

function emailField(session: CheckoutSession): Html {
  if (session.customer_email !== null) return html`<p>For ${session.customer_email}</p>`;
  if (session.customer !== null) return html`<p>For customer <code>${session.customer}</code></p>`;
  return html`<label for="email">E-mail</label>
<input id="email" name="email" type="email" autocomplete="email" required>`;
}
