import { Group, Progress, Stack, Text } from '@mantine/core';
import { formatCount, formatShare } from '../lib/format.ts';
import { Time } from './time.tsx';

interface QuotaBarProps {
  used: number;
  /** null: unlimited, shown without a bar. */
  limit: number | null;
  /** RFC 3339; when the quota resets. */
  periodEnd?: string;
}

/** The bar turns yellow from this share on. */
const WARN_SHARE = 0.8;

/** Used units of a quota. */
export function QuotaBar({ used, limit, periodEnd }: QuotaBarProps) {
  if (limit === null) return <Text size="sm">{formatCount(used)} units used. The plan has no quota limit.</Text>;
  const share = limit === 0 ? 1 : Math.min(1, used / limit);
  const color = share >= 1 ? 'red' : share >= WARN_SHARE ? 'yellow' : 'teal';
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="xs">
        <Text size="sm">
          {formatCount(used)} of {formatCount(limit)} units
        </Text>
        <Text size="sm" c="dimmed">
          {formatShare(limit === 0 ? null : used / limit)}
          {periodEnd && (
            <>
              , resets <Time at={periodEnd} />
            </>
          )}
        </Text>
      </Group>
      <Progress.Root size="md">
        <Progress.Section
          value={share * 100}
          color={color}
          aria-label="Quota used"
          aria-valuetext={`${formatCount(used)} of ${formatCount(limit)} units`}
        />
      </Progress.Root>
    </Stack>
  );
}
