import { ask, busy, say } from './ask.js';

const form = document.getElementById('order');
const plans = document.getElementById('plans');
const wanted = new URLSearchParams(location.search).get('plan');

load();

async function load() {
  const { ok, data, detail } = await ask('GET', '/api/billing/plans');
  if (!ok) return say(detail, true);
  const shown = data.filter((plan) => plan.forSale);
  if (shown.length === 0) return say('No plans are available.');
  const chosen = wanted === null ? shown[0] : shown.find((plan) => plan.id === wanted);
  for (const plan of shown) plans.append(choice(plan, plan === chosen));
  if (chosen === undefined) say(`The plan “${wanted}” is not available. Choose another plan.`, true);
  else say('');
  form.hidden = false;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  busy(document.getElementById('buy'), async () => {
    const email = document.getElementById('email').value.trim();
    const plan = new FormData(form).get('plan');
    say('Opening the payment page…');
    const { ok, data, detail } = await ask('POST', '/api/billing/checkout', { body: { plan, ...(email === '' ? {} : { email }) } });
    if (ok) location.assign(data.url);
    else say(detail, true);
  });
});

function choice(plan, checked) {
  const label = element('label', 'plan');
  const radio = element('input');
  Object.assign(radio, { type: 'radio', name: 'plan', value: plan.id, checked, required: true });
  const name = element('strong', '', plan.name);
  name.prepend(radio, ' ');
  label.append(
    name,
    element('span', 'price', priceText(plan.price)),
    element('span', 'quiet', `per ${plan.price.interval}`),
    element('span', '', quotaText(plan.quota)),
    element('span', '', rateText(plan.rate)),
  );
  if (plan.apis !== null) label.append(element('span', 'quiet', `Includes: ${plan.apis.join(', ') || 'no APIs'}`));
  return label;
}

function element(tag, className = '', text = '') {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  if (text !== '') made.textContent = text;
  return made;
}

/**
 * Decimal digits of Stripe's currencies where they are not two. Browsers differ for some of them.
 */
const DIGITS = [
  ['bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf', 0],
  ['bhd jod kwd omr tnd', 3],
];

function priceText({ amountCents, currency }) {
  const digits = DIGITS.find(([currencies]) => currencies.split(' ').includes(currency))?.[1] ?? 2;
  return new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amountCents / 10 ** digits);
}

const number = (value) => new Intl.NumberFormat().format(value);

const quotaText = ({ limit, period }) => (limit === null ? 'Unlimited units' : `${number(limit)} units per ${period}`);

const rateText = ({ limit, windowSeconds }) =>
  limit === null ? 'No rate limit' : `${number(limit)} requests per ${windowSeconds === 60 ? 'minute' : `${windowSeconds} seconds`}`;
