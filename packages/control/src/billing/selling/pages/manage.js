import { ask, busy, say } from './ask.js';

const field = document.getElementById('key');
const email = document.getElementById('email');
const here = document.getElementById('here');

// Where the operator has switched opening by key off, the page has no form.
document.getElementById('open')?.addEventListener('submit', (event) => {
  event.preventDefault();
  busy(document.getElementById('go'), async () => {
    const key = field.value.trim();
    if (!/^[\x21-\x7e]+$/.test(key)) return say('This is not an API key.', true);
    const { ok, code } = await open({ key, body: { email: email.value.trim() } });
    // The key must not come back with the browser's back button.
    if (ok || code !== 'CUSTOMER_NOT_PROVEN') field.value = '';
    if (!ok) (code === 'CUSTOMER_NOT_PROVEN' ? email : field).focus();
  });
});

// The cookie of the purchase shows who it is.
here.addEventListener('click', () =>
  busy(here, async () => {
    const { ok, code } = await open({ body: {} });
    if (!ok && code === 'UNAUTHORIZED') say(NOT_HERE, true);
  }),
);

async function open(request) {
  say('Opening the portal…');
  const answer = await ask('POST', '/api/billing/portal', request);
  if (answer.ok) location.assign(answer.data.url);
  else say(WORDS[answer.code] ?? answer.detail, true);
  return answer;
}

const NOT_HERE = field
  ? 'Nothing was bought in this browser within the last 7 days. Use your API key and your e-mail address.'
  : 'Nothing was bought in this browser within the last 7 days. Open this page in the browser that you bought in, or ask the operator of this API.';

const WORDS = {
  INVALID_KEY: 'This key is not valid. Check that it is complete. A key whose subscription has ended does not come back.',
  UNAUTHORIZED: 'Paste your API key first.',
  KEY_SUSPENDED: 'The operator of this API suspended this key. Ask the operator.',
  VALIDATION_FAILED: 'This is not an e-mail address.',
  CUSTOMER_NOT_PROVEN:
    'The portal does not open with this key and this e-mail address. Use the address that you gave when you paid, or the browser that you bought in, or ask the operator of this API.',
  NO_SUBSCRIPTION: 'This key was given by the operator and has no subscription to manage.',
};
