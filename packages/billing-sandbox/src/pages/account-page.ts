import type { Controls } from '../controls-types.ts';
import type { State } from '../state.ts';
import { customerBlock } from './customer-block.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import { timeText } from './words.ts';

const MOST_EVENTS = 50;
const STEPS = [
  { days: 1, text: 'Advance 1 day' },
  { days: 8, text: 'Advance 8 days' },
  { days: 32, text: 'Advance 32 days' },
];

export type AccountView = { now: number; state: State; events: ReturnType<Controls['events']> };

/** The index page: the clock, the customers and the last events of the account. */
export function accountPage({ now, state, events }: AccountView): string {
  const customers = Object.values(state.customers).reverse();
  return layout(
    'Account',
    html`<section><h2>Clock</h2>
<p>Sandbox time: ${timeText(now)}.</p>
<form method="post" action="/act/advance">${STEPS.map(({ days, text }) => html`<button name="seconds" value="${days * 86_400}">${text}</button>`)}</form>
<p class="soft">This clock moves subscriptions, invoices and the grace period. Quotas and rates are counted in real time.</p>
</section>
<section><h2>Customers</h2>
${customers.length === 0 ? html`<p>No customers yet.</p>` : null}
${customers.map((customer) => customerBlock(state, customer))}
</section>
<section><h2>Events</h2>
${eventTable(events)}
</section>`,
  );
}

/** Asks for the token. */
export function signInPage(isWrong: boolean): string {
  return layout(
    'Sign in',
    html`${isWrong ? html`<p class="note" role="alert">Wrong token.</p>` : null}
<form method="post" action="/sign-in">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="off" required autofocus>
<button class="first">Sign in</button>
</form>
<p class="soft">The token is in secrets.json in the sandbox's directory.</p>`,
  );
}

function eventTable(events: AccountView['events']): Html {
  if (events.length === 0) return html`<p>No events yet.</p>`;
  const rows = events.slice(-MOST_EVENTS).reverse();
  const shown = events.length > rows.length ? `Last ${rows.length} of ${events.length} events.` : `${events.length} events.`;
  return html`<p>${events.length === 1 ? '1 event.' : shown}</p>
<div class="wide" tabindex="0" role="region" aria-label="Last events"><table>
<thead><tr><th scope="col">Time</th><th scope="col">Type</th><th scope="col">Delivered</th></tr></thead>
<tbody>${rows.map(
    ({ id, type, created, delivered }) =>
      html`<tr><td>${timeText(created)}</td><td>${type}<br><code class="soft">${id}</code></td><td>${deliveryText(delivered)}</td></tr>`,
  )}</tbody>
</table></div>`;
}

function deliveryText(delivered: number): string {
  if (delivered === 0) return 'no';
  return delivered === 1 ? 'yes' : `${delivered} times`;
}
