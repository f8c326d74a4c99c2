import { Group, Paper, Skeleton, Stack, Text } from '@mantine/core';
import { formatCount } from '../../lib/format.ts';
import type { Limits } from '../../lib/key-limits.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import { QuotaBar } from '../../ui/quota-bar.tsx';

interface LimitsCardProps {
  title: string;
  /** null: not known yet. */
  limits: Limits | null;
}

/** How a key stands at one moment: status, quota, rate. */
export const LimitsCard = ({ title, limits }: LimitsCardProps) => (
  <Paper withBorder p="sm" component="section" aria-label={title}>
    <Stack gap="xs">
      <Text fw={600} size="sm">
        {title}
      </Text>
      {limits === null ? <Unknown /> : <Known limits={limits} />}
    </Stack>
  </Paper>
);

const Unknown = () => (
  <>
    <Skeleton height={16} animate={false} w="50%" />
    <Skeleton height={16} animate={false} />
    <Text size="sm" c="dimmed">
      Send the test event to see it
    </Text>
  </>
);

const Known = ({ limits: { status, plan, usage, rate, billing } }: { limits: Limits }) => (
  <>
    <Group gap="xs">
      <StatusBadge status={status} />
      <Text size="sm" className="break">
        plan {plan}
      </Text>
      {billing && <Text size="sm">subscription</Text>}
      {billing && <StatusBadge status={billing.status} />}
    </Group>
    <QuotaBar used={usage.used} limit={usage.limit} periodEnd={usage.periodEnd} />
    <Text size="sm" c="dimmed">
      {rate.limit === null
        ? 'No rate limit'
        : `Rate: ${formatCount(rate.remaining ?? rate.limit)} of ${formatCount(rate.limit)} calls left in the window`}
    </Text>
  </>
);
