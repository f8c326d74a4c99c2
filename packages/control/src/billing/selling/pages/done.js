import { ask, busy, say } from './ask.js';

/** The key lives in this variable and in the page, and nowhere else: not in the address, the history or a storage. */
let key = null;

const ASK_EVERY_MS = 2_000;
const WAIT_SECONDS = 60;

const by = (id) => document.getElementById(id);
const sessionId = new URLSearchParams(location.search).get('session_id');

if (sessionId === null) fail('This address names no checkout. Follow the link of the pay page, or choose a plan.');
else wait();

/** Asks until the key can be claimed, and gives up with words after a minute. */
async function wait() {
  by('again').hidden = true;
  by('progress').hidden = false;
  const end = Date.now() + WAIT_SECONDS * 1_000;
  while (Date.now() < end) {
    by('progress').value = WAIT_SECONDS - Math.ceil((end - Date.now()) / 1_000);
    const answer = await ask('GET', `/api/billing/checkout?session_id=${encodeURIComponent(sessionId)}`);
    if (answer.ok && shows(answer.data)) return;
    if (answer.status === 404) return fail('This checkout is not known here.');
    if (answer.status === 400) return fail(answer.detail);
    await new Promise((resolve) => setTimeout(resolve, Math.max(ASK_EVERY_MS, answer.retryAfterSeconds * 1_000)));
  }
  by('progress').hidden = true;
  by('again').hidden = false;
  say('The payment is not confirmed yet. Nothing is lost: keep this page or its address, and look again in a while.');
}

/** @returns true when there is nothing more to wait for */
function shows({ state, plan, claimable }) {
  if (state === 'open') say('The payment is not complete yet…');
  if (state === 'processing') say('Paid. Your access is being set up…');
  if (state === 'open' || state === 'processing') return false;
  by('progress').hidden = true;
  if (state === 'expired') fail('This checkout has expired or its subscription has ended. Choose a plan to begin again.');
  if (state === 'suspended') {
    fail(
      'Paid, but access is suspended, so no key can be shown. If a payment is open, settle it under “Manage your subscription”. If a payment is disputed, paying does not help: talk to the operator. Then open this address again.',
    );
  }
  if (state === 'claimed') fail('The key of this checkout was used already. If it is lost, ask the operator for a new one.');
  if (state === 'ready' && !claimable) {
    fail('Paid. The key can be shown only in the browser that began the checkout. Open this address there, or ask the operator.');
  }
  if (state === 'ready' && claimable) {
    say(`Paid. Your plan ${plan} is active.`);
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
    say('Your key is below. It is shown this once.');
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

by('copy').addEventListener('click', () => copy(key, 'The key is copied.'));
by('copy-curl').addEventListener('click', () => copy(curlText(), 'The command is copied.'));

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    by('copied').textContent = said;
  } catch {
    by('copied').textContent = 'The browser does not let this page copy. Select the text and copy it yourself.';
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

// A page that comes back from the browser's memory must not show the key again.
addEventListener('pagehide', () => {
  key = null;
  by('key').textContent = '';
  by('curl').textContent = '';
  by('minted').hidden = true;
});
addEventListener('pageshow', (event) => {
  if (event.persisted && sessionId !== null) wait();
});
