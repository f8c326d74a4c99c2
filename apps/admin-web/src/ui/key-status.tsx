import type { GetKeyResponses } from '@api-factory/sdk-ts';
import { Group, Text } from '@mantine/core';
import { useBillingSetting } from '../lib/billing.ts';
import { StatusBadge } from './badge.tsx';

type Key = GetKeyResponses['200']['data'];

const SUSPENDED_BY = { operator: 'by the operator', billing: 'by billing' } as const;

interface KeyStatusProps {
  of: Pick<Key, 'mode' | 'status' | 'suspendedBy' | 'access'>;
}

/** How a key stands, and who suspended it. A key in grace still works: that stands beside its status. One of another billing mode is refused, whatever its status. */
export function KeyStatus({ of: { mode, status, suspendedBy, access } }: KeyStatusProps) {
  const { data: counting } = useBillingSetting('keyMode');
  const aside = counting !== undefined && mode !== counting;
  return (
    <Group gap={6} display="inline-flex">
      <StatusBadge status={aside ? 'aside' : status} />
      {aside && <Note>{`${status}, but ${counting} keys count now`}</Note>}
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

/** A key as everyone may see it: how it begins and ends. */
export const KeyMask = ({ of: { prefix, last4 } }: { of: Pick<Key, 'prefix' | 'last4'> }) => (
  <Text span size="xs" ff="monospace" style={{ whiteSpace: 'nowrap' }}>
    {prefix}…{last4}
  </Text>
);
