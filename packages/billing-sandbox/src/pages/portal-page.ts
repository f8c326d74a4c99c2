import type { Invoice, Price } from '../objects/types.ts';
import type { PortalView } from '../portal-actions.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import { webAddress } from './web-address.ts';
import { amountText, priceText, productText, timeText } from './words.ts';

type Shown = PortalView['subscriptions'][number];

const ENDED = ['canceled', 'incomplete_expired'];

/** The portal: the customer's subscriptions and the actions for each. */
export function portalPage(view: PortalView): string {
  const { session, customer, subscriptions } = view;
  const back = webAddress(session.return_url);
  return layout(
    'Subscriptions',
    html`<p>${customer.email ?? customer.name ?? customer.id}</p>
${back === null ? null : html`<p><a href="${back}">Back to the seller</a></p>`}
${subscriptions.length === 0 ? html`<p>No subscriptions.</p>` : null}
${subscriptions.map((shown) => subscriptionSection(view, shown))}
${cardSection(view)}
${invoiceSection(view)}`,
  );
}

function cardSection({ session, card }: PortalView): Html {
  const description = card?.card ? `${card.card.brand} •••• ${card.card.last4}` : 'No card on file.';
  return html`<section><h2>Card</h2>
<p>${description}</p>
<form method="post" action="/portal/${session.id}/change-card">
<button name="card" value="working">Use a card that works</button>
<button name="card" value="declining">Use a card that is declined</button>
</form></section>`;
}

function invoiceSection({ invoices }: PortalView): Html {
  const rows = invoices.map(
    (invoice) => html`<tr><td>${timeText(invoice.created)}</td><td>${amountText(invoice.amount_due, invoice.currency)}</td>
<td>${invoice.status ?? ''}<br><code class="soft">${invoice.number ?? invoice.id}</code></td></tr>`,
  );
  if (rows.length === 0) return html`<section><h2>Invoices</h2><p>No invoices.</p></section>`;
  return html`<section><h2>Invoices</h2><div class="wide" tabindex="0" role="region" aria-label="Invoices"><table>
<thead><tr><th scope="col">Date</th><th scope="col">Amount</th><th scope="col">Status</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

function subscriptionSection(view: PortalView, shown: Shown): Html {
  const { subscription, price, product } = shown;
  const isEnded = ENDED.includes(subscription.status);
  return html`<section aria-label="${subscription.id}">
<h2>${price ? productText(price, product) : subscription.id}</h2>
<p>${price ? `${priceText(price)}, ` : null}<strong>${subscription.status}</strong>. ${isEnded ? null : next(shown)}</p>
${shown.openInvoices.map((invoice) => invoiceForm(view, invoice))}
${isEnded ? null : planForm(view, shown)}
${isEnded ? null : cancelForms(view, shown)}
</section>`;
}

function next({ subscription, price }: Shown): Html {
  const item = subscription.items.data[0];
  const end = subscription.cancel_at ?? (subscription.cancel_at_period_end ? item?.current_period_end : null);
  if (end) return html`Ends on ${timeText(end)}.`;
  if (!item || !price) return html``;
  const amount = amountText((price.unit_amount ?? 0) * (item.quantity ?? 1), price.currency);
  return html`Next payment: ${amount} on ${timeText(item.current_period_end)}.`;
}

function invoiceForm({ session }: PortalView, invoice: Invoice): Html {
  return html`<form method="post" action="/portal/${session.id}/pay">
<p class="note">Unpaid: ${amountText(invoice.amount_remaining, invoice.currency)} from ${timeText(invoice.created)}
<button>Pay now</button></p>
</form>`;
}

function planForm({ session, prices }: PortalView, { subscription, price }: Shown): Html | null {
  const others = prices.filter((other) => other.price.id !== price?.id);
  if (others.length === 0) return null;
  const field = `price-${subscription.id}`;
  return html`<form method="post" action="/portal/${session.id}/change-plan">
<input type="hidden" name="subscription" value="${subscription.id}">
<label for="${field}">Another plan</label>
<select id="${field}" name="price">${others.map((other) => option(other.price, productText(other.price, other.product)))}</select>
<button>Change plan</button>
</form>`;
}

function option(price: Price, name: string): Html {
  return html`<option value="${price.id}">${name}, ${priceText(price)}</option>`;
}

function cancelForms(view: PortalView, { subscription }: Shown): Html {
  const isEnding = subscription.cancel_at_period_end || subscription.cancel_at !== null;
  const later = isEnding
    ? { action: 'resume', text: 'Don’t cancel' }
    : { action: 'cancel-at-period-end', text: 'Cancel at the end of the period' };
  return html`${button(view, subscription.id, later)}${button(view, subscription.id, { action: 'cancel-now', text: 'Cancel now' })}`;
}

function button({ session }: PortalView, subscriptionId: string, { action, text }: { action: string; text: string }): Html {
  return html`<form class="row" method="post" action="/portal/${session.id}/${action}">
<input type="hidden" name="subscription" value="${subscriptionId}"><button>${text}</button></form>`;
}
