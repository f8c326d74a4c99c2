import { ask, busy, say } from './ask.js';

/**
 * The key is kept only in this variable and in the page: never in the URL, the history or storage.
 */
let key = null;

const ASK_EVERY_MS = 2_000;
const WAIT_SECONDS = 60;

const by = (id) => document.getElementById(id);
const sessionId = new URLSearchParams(location.search).get('session_id');

if (sessionId === null) fail('The checkout session is missing from the address. Return from the payment page, or choose a plan.');
else wait();

/** Polls until the key can be claimed; stops with a message after a minute. */
async function wait() {
  by('again').hidden = true;
  by('progress').hidden = false;
  const end = Date.now() + WAIT_SECONDS * 1_000;
  while (Date.now() < end) {
    by('progress').value = WAIT_SECONDS - Math.ceil((end - Date.now()) / 1_000);
    const answer = await ask('GET', `/api/billing/checkout?session_id=${encodeURIComponent(sessionId)}`);
    if (answer.ok && shows(answer.data)) return;
    if (answer.status === 404) return fail('Checkout not found.');
    if (answer.status === 400) return fail(answer.detail);
    await new Promise((resolve) => setTimeout(resolve, Math.max(ASK_EVERY_MS, answer.retryAfterSeconds * 1_000)));
  }
  by('progress').hidden = true;
  by('again').hidden = false;
  say('The payment isn’t confirmed yet. Keep this page open or bookmark it, and check again later.');
}

/** @returns true when polling can stop */
function shows({ state, plan, claimable }) {
  if (state === 'open') say('Waiting for payment…');
  if (state === 'processing') say('Payment received. Setting up your access…');
  if (state === 'open' || state === 'processing') return false;
  by('progress').hidden = true;
  if (state === 'expired') fail('This checkout has expired or its subscription has ended. Choose a plan to start again.');
  if (state === 'suspended') {
    fail(
      'Payment received, but access is suspended, so no key can be shown. If an invoice is unpaid, pay it under “Manage your subscription”. If a payment is disputed, contact the operator. Then open this page again.',
    );
  }
  if (state === 'claimed') fail('The key from this checkout is already in use. If you lost it, ask the operator for a new one.');
  if (state === 'ready' && !claimable) {
    fail(
      'Payment received. The key can only be shown in the browser that started the checkout. Open this page there, or contact the operator.',
    );
  }
  if (state === 'ready' && claimable) {
    say(`Payment received. Your ${plan} plan is active.`);
    by('claim').hidden = false;
    by('show').focus();
  }
  return true;
}

function fail(text) {
  by('progress').hidden = true;
  say(text, true);
}

by('again').addEventListener('click', wait);

by('show').addEventListener('click', () =>
  busy(by('show'), async () => {
    const { ok, data, detail } = await ask('POST', '/api/billing/claim', { body: { sessionId } });
    if (!ok) return say(detail, true);
    key = data.key;
    by('claim').hidden = true;
    by('minted').hidden = false;
    by('key').textContent = key;
    by('curl').textContent = curlText();
    say('Your key is below. It won’t be shown again.');
    by('minted-title').focus();
  }),
);

const CALL = { action: 'echo', payload: { hello: 'world' } };

const curlText = () =>
  [
    `curl ${location.origin}/api/v1/actions \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    '  -H "content-type: application/json" \\',
    `  -d '${JSON.stringify(CALL)}'`,
  ].join('\n');

by('copy').addEventListener('click', () => copy(key, 'Key copied.'));
by('copy-curl').addEventListener('click', () => copy(curlText(), 'Command copied.'));

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    by('copied').textContent = said;
  } catch {
    by('copied').textContent = 'Copying is blocked by the browser. Select the text and copy it.';
  }
}

by('call').addEventListener('click', () =>
  busy(by('call'), async () => {
    const answer = await ask('POST', '/api/v1/actions', { body: CALL, key });
    by('answer').hidden = false;
    by('answer').textContent = answer.ok
      ? `${answer.status}\n${JSON.stringify(answer.data, null, 2)}`
      : `${answer.status} ${answer.code}\n${answer.detail}`;
  }),
);

// A page restored from the back/forward cache must not show the key again.
addEventListener('pagehide', () => {
  key = null;
  by('key').textContent = '';
  by('curl').textContent = '';
  by('minted').hidden = true;
});
addEventListener('pageshow', (event) => {
  if (event.persisted && sessionId !== null) wait();
});
