import {
  type Icon,
  IconAlertTriangle,
  IconArchive,
  IconBan,
  IconCircleCheck,
  IconClock,
  IconHourglass,
  IconLock,
  IconPencil,
  IconPlayerPause,
  IconPlayerSkipForward,
  IconPlus,
  IconServerOff,
  IconSkull,
} from '@tabler/icons-react';

/** How something stands. Wherever it is shown it has this colour, icon and word. */
export interface Outcome {
  color: 'teal' | 'yellow' | 'orange' | 'red' | 'gray' | 'blue';
  icon: Icon;
  word: string;
}

/** Every word that the API uses for how a key, a subscription, an event of Stripe’s or a check stands. */
const OUTCOMES = {
  enabled: { color: 'teal', icon: IconCircleCheck, word: 'enabled' },
  active: { color: 'teal', icon: IconCircleCheck, word: 'active' },
  grace: { color: 'yellow', icon: IconHourglass, word: 'grace' },
  suspended: { color: 'orange', icon: IconPlayerPause, word: 'suspended' },
  revoked: { color: 'gray', icon: IconBan, word: 'revoked' },
  expired: { color: 'gray', icon: IconClock, word: 'expired' },
  aside: { color: 'gray', icon: IconBan, word: 'other mode' },
  none: { color: 'gray', icon: IconBan, word: 'none' },
  done: { color: 'teal', icon: IconCircleCheck, word: 'done' },
  ignored: { color: 'gray', icon: IconCircleCheck, word: 'ignored' },
  pending: { color: 'blue', icon: IconHourglass, word: 'pending' },
  dead: { color: 'red', icon: IconSkull, word: 'dead' },
  ok: { color: 'teal', icon: IconCircleCheck, word: 'ok' },
  failing: { color: 'red', icon: IconAlertTriangle, word: 'failing' },
  unknown: { color: 'gray', icon: IconServerOff, word: 'unknown' },
  created: { color: 'teal', icon: IconPlus, word: 'created' },
  updated: { color: 'blue', icon: IconPencil, word: 'updated' },
  repriced: { color: 'blue', icon: IconPencil, word: 'repriced' },
  archived: { color: 'orange', icon: IconArchive, word: 'archived' },
  unchanged: { color: 'gray', icon: IconCircleCheck, word: 'unchanged' },
  skipped: { color: 'gray', icon: IconPlayerSkipForward, word: 'skipped' },
  complete: { color: 'teal', icon: IconCircleCheck, word: 'complete' },
  aborted: { color: 'orange', icon: IconAlertTriangle, word: 'aborted' },
} satisfies Record<string, Outcome>;

/** How a word of the API is shown; an unknown one is shown as it is. */
export const statusStyle = (word: string): Outcome =>
  (OUTCOMES as Record<string, Outcome>)[word] ?? { color: 'gray', icon: IconClock, word };

/** How an HTTP status is shown. */
export function httpStatusStyle(status: number): Outcome {
  if (status >= 500) return { color: 'red', icon: IconAlertTriangle, word: String(status) };
  if (status === 429) return { color: 'orange', icon: IconHourglass, word: '429' };
  if (status === 401 || status === 403) return { color: 'orange', icon: IconLock, word: String(status) };
  if (status >= 400) return { color: 'yellow', icon: IconAlertTriangle, word: String(status) };
  return { color: 'teal', icon: IconCircleCheck, word: String(status) };
}
