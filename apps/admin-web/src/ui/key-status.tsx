import type { GetKeyResponses } from '@api-factory/sdk-ts';
import { Group, Text } from '@mantine/core';
import { StatusBadge } from './badge.tsx';

type Key = GetKeyResponses['200']['data'];

const SUSPENDED_BY = { operator: 'by the operator', billing: 'by billing' } as const;

/** How a key stands, and who suspended it. A key in grace still works: that stands beside its status. */
export const KeyStatus = ({ of: { status, suspendedBy, access } }: { of: Pick<Key, 'status' | 'suspendedBy' | 'access'> }) => (
  <Group gap={6} display="inline-flex">
    <StatusBadge status={status} />
    {suspendedBy !== null && (
      <Text span size="xs" c="dimmed">
        {SUSPENDED_BY[suspendedBy]}
      </Text>
    )}
    {status === 'enabled' && access === 'grace' && <StatusBadge status="grace" />}
  </Group>
);

/** A key as everyone may see it: how it begins and ends. */
export const KeyMask = ({ of: { prefix, last4 } }: { of: Pick<Key, 'prefix' | 'last4'> }) => (
  <Text span size="xs" ff="monospace" style={{ whiteSpace: 'nowrap' }}>
    {prefix}…{last4}
  </Text>
);
