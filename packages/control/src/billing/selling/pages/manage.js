import { ask, busy, say } from './ask.js';

const field = document.getElementById('key');
const email = document.getElementById('email');
const here = document.getElementById('here');

// With PORTAL_BY_KEY=off the page has no form.
document.getElementById('open')?.addEventListener('submit', (event) => {
  event.preventDefault();
  busy(document.getElementById('go'), async () => {
    const key = field.value.trim();
    if (!/^[\x21-\x7e]+$/.test(key)) return say('Enter a valid API key.', true);
    const { ok, code } = await openPortal({ key, body: { email: email.value.trim() } });
    // The back button must not restore the key.
    if (ok || code !== 'CUSTOMER_NOT_PROVEN') field.value = '';
    if (!ok) (code === 'CUSTOMER_NOT_PROVEN' ? email : field).focus();
  });
});

// The cookie of the purchase authenticates.
here.addEventListener('click', () =>
  busy(here, async () => {
    const { ok, code } = await openPortal({ body: {} });
    if (!ok && code === 'UNAUTHORIZED') say(NOT_HERE, true);
  }),
);

async function openPortal(request) {
  say('Opening the portal…');
  const answer = await ask('POST', '/api/billing/portal', request);
  if (answer.ok) location.assign(answer.data.url);
  else say(MESSAGES[answer.code] ?? answer.detail, true);
  return answer;
}

const NOT_HERE = field
  ? 'No purchase in this browser in the last 7 days. Use your API key and email address.'
  : 'No purchase in this browser in the last 7 days. Use the browser of your purchase, or contact the operator of this API.';

const MESSAGES = {
  INVALID_KEY: 'This key is not valid. Check that it is complete. A key can’t be restored after its subscription ended.',
  UNAUTHORIZED: 'Enter your API key.',
  KEY_SUSPENDED: 'The operator of this API suspended this key. Contact the operator.',
  VALIDATION_FAILED: 'Enter a valid email address.',
  CUSTOMER_NOT_PROVEN:
    'This key and email address don’t match. Use the email address of your payment or the browser of your purchase, or contact the operator of this API.',
  NO_SUBSCRIPTION: 'The operator issued this key; it has no subscription to manage.',
};
