import { ask, busy, say } from './ask.js';

const field = document.getElementById('key');

document.getElementById('open').addEventListener('submit', (event) => {
  event.preventDefault();
  busy(document.getElementById('go'), async () => {
    const key = field.value.trim();
    if (!/^[\x21-\x7e]+$/.test(key)) return say('This is not an API key.', true);
    say('Opening the portal…');
    const { ok, data, code, detail } = await ask('POST', '/api/billing/portal', { key });
    // The key must not come back with the browser's back button.
    field.value = '';
    if (ok) return location.assign(data.url);
    say(WORDS[code] ?? detail, true);
    field.focus();
  });
});

const WORDS = {
  INVALID_KEY: 'This key is not known here. Check that it is complete. A key whose subscription has ended does not come back.',
  UNAUTHORIZED: 'Paste your API key first.',
  NO_SUBSCRIPTION: 'This key was given by the operator and has no subscription to manage.',
};
