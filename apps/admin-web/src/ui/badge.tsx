import { Badge } from '@mantine/core';
import { type Outcome, outcomeOf, outcomeOfStatus } from './outcomes.ts';

/** A word of the API with its colour and icon. */
export const StatusBadge = ({ status }: { status: string }) => <OutcomeBadge outcome={outcomeOf(status)} />;

/** An HTTP status with its colour and icon. */
export const HttpBadge = ({ status }: { status: number }) => <OutcomeBadge outcome={outcomeOfStatus(status)} />;

function OutcomeBadge({ outcome: { color, icon: Icon, word } }: { outcome: Outcome }) {
  return (
    <Badge color={color} variant="light" radius="sm" tt="none" leftSection={<Icon size={12} aria-hidden />} className="badge">
      {word}
    </Badge>
  );
}
