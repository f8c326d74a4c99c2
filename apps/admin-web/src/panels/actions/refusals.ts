import { isApiError } from '@api-factory/sdk-ts';
import { formatDay, formatDuration } from '../../lib/format.ts';
import type { Toast } from '../../lib/toasts.ts';

const DAY_SECONDS = 86_400;

/**
 * Says what to do about a 401, 403 or 429; null for every other result. Each code has one toast.
 */
export function refusalToast(error: unknown, now: number): Toast | null {
  if (!isApiError(error) || ![401, 403, 429].includes(error.status)) return null;
  const link = billingLink(error.billingUrl);
  return {
    cause: `call-${error.code}`,
    tone: error.status === 429 ? 'notice' : 'bad',
    title: error.title,
    message: adviceOf(error, now),
    ...(link === null ? {} : { link: { href: link, label: 'Open the billing portal' } }),
  };
}

function adviceOf({ code, status, retryAfterSeconds, detail }: Refusal, now: number): string {
  if (code === 'RATE_LIMITED') return `Wait ${formatDuration(retryAfterSeconds ?? 1)}, then try again.`;
  if (code === 'QUOTA_EXCEEDED') return `The quota ${resets(retryAfterSeconds, now)}. Wait until then, or move the key to a larger plan.`;
  if (code === 'KEY_SUSPENDED') return 'Settle its open payment, or resume the key on its page.';
  if (code === 'PLAN_REQUIRED') return 'Its plan does not include the actions API. Move the key to a plan that does.';
  if (code === 'KEY_EXPIRED') return 'Create another key, or set a later expiry on its page.';
  if (code === 'INVALID_KEY') return 'It is revoked or incomplete. Paste or create another key.';
  return status === 401 ? 'Paste or create a key, then send again.' : detail;
}

interface Refusal {
  code: string;
  status: number;
  retryAfterSeconds: number | null;
  detail: string;
}

function resets(seconds: number | null, now: number): string {
  if (seconds === null) return 'resets with its next period';
  return seconds >= DAY_SECONDS ? `resets ${formatDay(new Date(now + seconds * 1_000))}` : `resets in ${formatDuration(seconds)}`;
}

/** Null unless it is an http(s) URL: a `javascript:` URL would run in the console. */
export function billingLink(url: string | null): string | null {
  const protocol = url === null || !URL.canParse(url) ? '' : new URL(url).protocol;
  return protocol === 'https:' || protocol === 'http:' ? url : null;
}
