/**
 * Calls the API of this origin, with cookies and without a referrer.
 * @returns {Promise<{ ok: boolean, status: number, code: string, data: any, detail: string,
 * retryAfterSeconds: number }>}
 */
export async function ask(method, path, { body, key } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    return {
      ok: false,
      status: 0,
      code: 'UNREACHABLE',
      data: null,
      detail: 'The server can’t be reached. Check your connection.',
      retryAfterSeconds: 0,
    };
  }
  const answer = await response.json().catch(() => ({}));
  const retryAfterSeconds = Number(response.headers.get('retry-after')) || 0;
  return {
    ok: response.ok,
    status: response.status,
    code: answer.code ?? '',
    data: answer.data ?? null,
    detail:
      answer.code === 'RATE_LIMITED'
        ? later(retryAfterSeconds)
        : (FOR_BUYERS[answer.code] ?? answer.detail ?? `The server returned ${response.status}.`),
    retryAfterSeconds,
  };
}

function later(seconds) {
  const wait = seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.max(1, seconds)} seconds`;
  return `Too many requests. You were not charged. Try again in ${wait}.`;
}

/** Replaces details that are written for programs and operators. */
const FOR_BUYERS = {
  STRIPE_UNAVAILABLE: 'The payment service is unavailable. You were not charged. Try again in a minute.',
  STRIPE_REJECTED: 'The payment service rejected the request. You were not charged. Contact the operator of this API.',
  DATABASE_UNAVAILABLE: 'This site is temporarily unavailable. You were not charged. Try again in a minute.',
};

/** Shows a message in the page's live region. */
export function say(text, bad = false) {
  const status = document.getElementById('status');
  status.classList.toggle('bad', bad);
  status.textContent = text;
}

/** Disables a button while `work` runs. */
export async function busy(button, work) {
  button.disabled = true;
  try {
    await work();
  } finally {
    button.disabled = false;
  }
}
