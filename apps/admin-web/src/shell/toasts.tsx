import '@mantine/notifications/styles.css';
import { Notifications, notifications } from '@mantine/notifications';
import { useEffect } from 'react';
import { showToastsWith, type Toast, type ToastTone } from '../lib/toasts.ts';
import { NewTabLink } from '../ui/link.tsx';

const COLORS: Record<ToastTone, string> = { good: 'teal', notice: 'yellow', bad: 'red' };
const DURATION_MS: Record<ToastTone, number> = { good: 4_000, notice: 8_000, bad: 12_000 };
const MAX_SHOWN = 4;

const shown = new Set<string>();

/** Renders the toasts. */
export function Toasts() {
  useEffect(() => showToastsWith(showToast), []);
  return <Notifications position="bottom-right" limit={MAX_SHOWN} />;
}

function showToast({ cause, tone, title, message = '', link }: Toast): void {
  const data = {
    id: cause,
    color: COLORS[tone],
    title,
    message: link ? (
      <>
        {message}{' '}
        <NewTabLink href={link.href} size="sm">
          {link.label}
        </NewTabLink>
      </>
    ) : (
      message
    ),
    autoClose: DURATION_MS[tone],
    withBorder: true,
    role: tone === 'bad' ? 'alert' : 'status',
    closeButtonProps: { 'aria-label': 'Dismiss' },
    onClose: () => void shown.delete(cause),
  };
  if (shown.has(cause)) {
    notifications.update(data);
    return;
  }
  shown.add(cause);
  notifications.show(data);
}
