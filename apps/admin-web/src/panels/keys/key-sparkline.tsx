import { Skeleton, Text } from '@mantine/core';
import { Sparkline } from '../../ui/sparkline.tsx';
import { useSparklines } from './queries.ts';
import { callsOfKey, counted } from './usage-points.ts';

interface KeySparklineProps {
  id: string;
  /** The keys that are read together with it. */
  together: readonly string[];
}

/** Calls of the last 24 hours. It reads when it comes into sight, once for all keys that are read together. */
export function KeySparkline({ id, together }: KeySparklineProps) {
  const { data, isError } = useSparklines(together);
  if (isError) {
    return (
      <Text span size="xs" c="dimmed">
        not read
      </Text>
    );
  }
  if (data === undefined) return <Skeleton height={24} width={96} />;
  const values = callsOfKey(data, id);
  const calls = values.reduce((sum, value) => sum + value, 0);
  return <Sparkline values={values} label={`${counted(calls, 'call')} in the last 24 hours`} />;
}
