import { Badge } from '@mantine/core';
import { httpStatusStyle, type Outcome, statusStyle } from './status-style.ts';

/** A word of the API with its colour and icon. */
export const StatusBadge = ({ status }: { status: string }) => <OutcomeBadge outcome={statusStyle(status)} />;

/** An HTTP status with its colour and icon. */
export const HttpBadge = ({ status }: { status: number }) => <OutcomeBadge outcome={httpStatusStyle(status)} />;

function OutcomeBadge({ outcome: { color, icon: Icon, word } }: { outcome: Outcome }) {
  return (
    <Badge color={color} variant="light" radius="sm" tt="none" leftSection={<Icon size={12} aria-hidden />} className="badge">
      {word}
    </Badge>
  );
}
