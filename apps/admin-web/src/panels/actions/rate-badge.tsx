import { Group, Progress, Text, VisuallyHidden } from '@mantine/core';
import { IconChartPie, IconGauge } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { formatCount } from '../../lib/format.ts';
import { useNow } from '../../lib/now.ts';
import { announcement, countdown, type RemainingLimit, type RemainingLimits, remainingAt, resetText } from './limits.ts';

/** The remaining rate and quota, with the time until each resets. */
export function RateBadge({ limits }: { limits: RemainingLimits | null }) {
  const now = useNow();
  if (limits === null) return null;
  const { rate, quota } = limits;
  return (
    <Group gap="md" role="group" aria-label="Limits of the key" data-testid="rate-badge">
      {rate && <LimitMeter name="Rate" icon={<IconGauge size={16} aria-hidden />} limit={rate} now={now} />}
      {quota && <LimitMeter name="Quota" icon={<IconChartPie size={16} aria-hidden />} limit={quota} now={now} />}
      {!rate && !quota && <Text size="sm">No rate limit and no quota</Text>}
      <VisuallyHidden role="status">{announcement(limits, now)}</VisuallyHidden>
    </Group>
  );
}

interface LimitMeterProps {
  name: string;
  icon: ReactNode;
  limit: RemainingLimit;
  now: number;
}

/** The share below which the bar is yellow. */
const LOW = 0.2;

function LimitMeter({ name, icon, limit, now }: LimitMeterProps) {
  const left = remainingAt(limit, now);
  const share = limit.limit === 0 ? 0 : Math.min(1, left / limit.limit);
  const color = left === 0 ? 'red' : share <= LOW ? 'yellow' : 'teal';
  const resets = name === 'Rate' ? `resets in ${countdown(limit.resetsAt, now)}` : resetText(limit.resetsAt, now);
  return (
    <div data-testid={`limit-${name.toLowerCase()}`}>
      <Group gap={6} wrap="nowrap">
        {icon}
        <Text size="sm" className="figure">
          {name} <b>{formatCount(left)}</b> / {formatCount(limit.limit)}
        </Text>
        <Text size="sm" c="dimmed" className="figure">
          {now >= limit.resetsAt ? 'reset' : resets}
        </Text>
      </Group>
      <Progress.Root size="xs" mt={2}>
        <Progress.Section
          value={share * 100}
          color={color}
          aria-label={`${name} left`}
          aria-valuetext={`${formatCount(left)} of ${formatCount(limit.limit)}`}
        />
      </Progress.Root>
    </div>
  );
}
