import { Skeleton, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { counted } from '../../lib/format.ts';
import { Sparkline } from '../../ui/sparkline.tsx';
import { useSparklines } from './queries.ts';
import { callsOfKey } from './usage-points.ts';

interface KeySparklineProps {
  id: string;
  /** The keys that are read together with it. */
  together: readonly string[];
}

const STAYS_MS = 250;

/** Calls of the last 24 hours. It reads when it stays in sight, once for all keys that are read together. */
export function KeySparkline({ id, together }: KeySparklineProps) {
  const { data, isError } = useSparklines(together, useStays());
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

/** Whether it has been in sight for a moment: rows that only fly past are not worth a reading. */
function useStays(): boolean {
  const [stays, setStays] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setStays(true), STAYS_MS);
    return () => clearTimeout(timer);
  }, []);
  return stays;
}
