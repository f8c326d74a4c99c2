import { Group, Progress, Text, VisuallyHidden } from '@mantine/core';
import { IconChartPie, IconGauge } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { formatCount } from '../../lib/format.ts';
import { useNow } from '../../lib/now.ts';
import { announcement, countdown, type Limit, type Limits, leftOf, resetWords } from './limits.ts';

/** What is left of the rate and of the quota, counting down to when they are renewed. A key without a quota has no part for it. */
export function RateBadge({ limits }: { limits: Limits | null }) {
  const now = useNow();
  if (limits === null) return null;
  const { rate, quota } = limits;
  return (
    <Group gap="md" role="group" aria-label="Limits of the key" data-testid="rate-badge">
      {rate && <Part name="Rate" icon={<IconGauge size={16} aria-hidden />} limit={rate} now={now} />}
      {quota && <Part name="Quota" icon={<IconChartPie size={16} aria-hidden />} limit={quota} now={now} />}
      {!rate && !quota && <Text size="sm">No limits: the plan has neither rate nor quota</Text>}
      <VisuallyHidden role="status">{announcement(limits, now)}</VisuallyHidden>
    </Group>
  );
}

interface PartProps {
  name: string;
  icon: ReactNode;
  limit: Limit;
  now: number;
}

/** From here down it is nearly used up. */
const NEAR = 0.2;

function Part({ name, icon, limit, now }: PartProps) {
  const left = leftOf(limit, now);
  const share = limit.limit === 0 ? 0 : Math.min(1, left / limit.limit);
  const color = left === 0 ? 'red' : share <= NEAR ? 'yellow' : 'teal';
  const resets = name === 'Rate' ? `resets in ${countdown(limit.resetsAt, now)}` : resetWords(limit.resetsAt, now);
  return (
    <div className="rate-part" data-testid={`limit-${name.toLowerCase()}`}>
      <Group gap={6} wrap="nowrap">
        {icon}
        <Text size="sm" className="figure">
          {name} <b>{formatCount(left)}</b> / {formatCount(limit.limit)}
        </Text>
        <Text size="sm" c="dimmed" className="figure">
          {now >= limit.resetsAt ? 'renewed' : resets}
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
