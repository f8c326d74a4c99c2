import type { GetKeyResponses } from '@api-factory/sdk-ts';
import { Group, Text } from '@mantine/core';
import { useBillingSetting } from '../lib/billing.ts';
import { StatusBadge } from './badge.tsx';

type Key = GetKeyResponses['200']['data'];

const SUSPENDED_BY = { operator: 'by the operator', billing: 'by billing' } as const;

interface KeyStatusProps {
  of: Pick<Key, 'mode' | 'status' | 'suspendedBy' | 'access'>;
}

/**
 * The status of a key and who suspended it. A key in its grace period still works. A key of another
 * billing mode is refused regardless of its status.
 */
export function KeyStatus({ of: { mode, status, suspendedBy, access } }: KeyStatusProps) {
  const { data: activeMode } = useBillingSetting('keyMode');
  const otherMode = activeMode !== undefined && mode !== activeMode;
  return (
    <Group gap={6} display="inline-flex">
      <StatusBadge status={otherMode ? 'otherMode' : status} />
      {otherMode && <Note>{`${status}, but only ${activeMode} keys work now`}</Note>}
      {suspendedBy !== null && <Note>{SUSPENDED_BY[suspendedBy]}</Note>}
      {status === 'enabled' && access === 'grace' && <StatusBadge status="grace" />}
    </Group>
  );
}

const Note = ({ children }: { children: string }) => (
  <Text span size="xs" c="dimmed">
    {children}
  </Text>
);

/** The public parts of a key: its prefix and last 4 characters. */
export const KeyMask = ({ of: { prefix, last4 } }: { of: Pick<Key, 'prefix' | 'last4'> }) => (
  <Text span size="xs" ff="monospace" style={{ whiteSpace: 'nowrap' }}>
    {prefix}…{last4}
  </Text>
);
