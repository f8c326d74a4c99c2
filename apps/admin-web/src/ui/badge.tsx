import { Badge } from '@mantine/core';
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

/** Colour, icon and label of a status: the same wherever it is shown. */
interface StatusStyle {
  color: 'teal' | 'yellow' | 'orange' | 'red' | 'gray' | 'blue';
  icon: Icon;
  label: string;
}

/** Every status of keys, subscriptions, Stripe events, pushes, usage events and health checks. */
const STATUS_STYLES = {
  enabled: { color: 'teal', icon: IconCircleCheck, label: 'enabled' },
  active: { color: 'teal', icon: IconCircleCheck, label: 'active' },
  grace: { color: 'yellow', icon: IconHourglass, label: 'grace' },
  suspended: { color: 'orange', icon: IconPlayerPause, label: 'suspended' },
  revoked: { color: 'gray', icon: IconBan, label: 'revoked' },
  expired: { color: 'gray', icon: IconClock, label: 'expired' },
  otherMode: { color: 'gray', icon: IconBan, label: 'other mode' },
  none: { color: 'gray', icon: IconBan, label: 'none' },
  done: { color: 'teal', icon: IconCircleCheck, label: 'done' },
  ignored: { color: 'gray', icon: IconCircleCheck, label: 'ignored' },
  pending: { color: 'blue', icon: IconHourglass, label: 'pending' },
  dead: { color: 'red', icon: IconSkull, label: 'dead' },
  ok: { color: 'teal', icon: IconCircleCheck, label: 'ok' },
  failing: { color: 'red', icon: IconAlertTriangle, label: 'failing' },
  unknown: { color: 'gray', icon: IconServerOff, label: 'unknown' },
  created: { color: 'teal', icon: IconPlus, label: 'created' },
  updated: { color: 'blue', icon: IconPencil, label: 'updated' },
  repriced: { color: 'blue', icon: IconPencil, label: 'repriced' },
  archived: { color: 'orange', icon: IconArchive, label: 'archived' },
  unchanged: { color: 'gray', icon: IconCircleCheck, label: 'unchanged' },
  skipped: { color: 'gray', icon: IconPlayerSkipForward, label: 'skipped' },
  complete: { color: 'teal', icon: IconCircleCheck, label: 'complete' },
  aborted: { color: 'orange', icon: IconAlertTriangle, label: 'aborted' },
} satisfies Record<string, StatusStyle>;

/** The style of a status; an unknown status is its own label. */
const statusStyle = (status: string): StatusStyle =>
  (STATUS_STYLES as Record<string, StatusStyle>)[status] ?? { color: 'gray', icon: IconClock, label: status };

/** The style of an HTTP status. */
export function httpStatusStyle(status: number): StatusStyle {
  const label = String(status);
  if (status >= 500) return { color: 'red', icon: IconAlertTriangle, label };
  if (status === 429) return { color: 'orange', icon: IconHourglass, label };
  if (status === 401 || status === 403) return { color: 'orange', icon: IconLock, label };
  if (status >= 400) return { color: 'yellow', icon: IconAlertTriangle, label };
  return { color: 'teal', icon: IconCircleCheck, label };
}

/** A status of the API with its colour and icon. */
export const StatusBadge = ({ status }: { status: string }) => <StyledBadge style={statusStyle(status)} />;

/** An HTTP status with its colour and icon. */
export const HttpBadge = ({ status }: { status: number }) => <StyledBadge style={httpStatusStyle(status)} />;

const StyledBadge = ({ style: { color, icon: StatusIcon, label } }: { style: StatusStyle }) => (
  <Badge color={color} variant="light" radius="sm" tt="none" leftSection={<StatusIcon size={12} aria-hidden />} className="badge">
    {label}
  </Badge>
);
