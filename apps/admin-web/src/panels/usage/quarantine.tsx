import { discardQuarantinedUsage, retryQuarantinedUsage } from '@api-factory/sdk-ts';
import { Alert, Anchor, Button, Group, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { usePages } from '../../lib/pages.ts';
import { invalidate } from '../../lib/query-client.ts';
import { toast } from '../../lib/toasts.ts';
import { JsonBlock } from '../../ui/code-block.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { CopyableId } from '../../ui/copy-button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { Details } from '../../ui/details.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { Facts } from '../../ui/facts.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Time } from '../../ui/time.tsx';
import { QUARANTINE_KEY, type Quarantined, readQuarantined } from './queries.ts';

const columns = (onOpen: (row: Quarantined) => void): Column<Quarantined>[] => [
  { key: 'at', title: 'Time', cell: ({ at }) => <Time at={at} stamp size="sm" /> },
  {
    key: 'reason',
    title: 'Reason',
    cell: (row) => (
      <Anchor component="button" type="button" size="sm" ta="left" className="break" onClick={() => onOpen(row)}>
        {row.reason}
      </Anchor>
    ),
  },
  {
    key: 'gateway',
    title: 'Gateway',
    wide: true,
    cell: ({ gatewayId }) => (
      <Text span size="xs" ff="monospace">
        {gatewayId}
      </Text>
    ),
  },
];

/** Usage records that the database refused, to retry or discard. */
export function Quarantine() {
  const list = usePages({ queryKey: QUARANTINE_KEY, read: readQuarantined });
  const [row, setRow] = useState<Quarantined | null>(null);
  const [opened, setOpened] = useState(false);
  const open = (next: Quarantined) => {
    setRow(next);
    setOpened(true);
  };
  return (
    <>
      <ListView
        label="Quarantined usage records"
        failed="The quarantined records could not be loaded"
        columns={columns(open)}
        list={list}
        rowKey={({ id }) => id}
        onRow={open}
        empty={<EmptyState title="Nothing in quarantine">Usage records that the database refuses appear here with the reason.</EmptyState>}
      />
      <Details
        opened={opened}
        onClose={() => setOpened(false)}
        title="Quarantined record"
        row={{ data: row, error: null, refetch: list.refetch }}
        failed=""
        missing={null}
      >
        {(record) => <RecordDetails key={record.id} of={record} onResolved={() => setOpened(false)} />}
      </Details>
    </>
  );
}

function RecordDetails({ of: { id, at, gatewayId, reason, record }, onResolved }: { of: Quarantined; onResolved: () => void }) {
  const [discarding, setDiscarding] = useState(false);
  const retry = useRetry(id, onResolved);
  const discard = useDiscard(id, () => {
    setDiscarding(false);
    onResolved();
  });
  return (
    <>
      <Facts
        label="Quarantined record"
        facts={[
          ['Reason', reason],
          ['Time', <Time key="time" at={at} absolute />],
          ['Gateway', <CopyableId key="gateway" id={gatewayId} what="gateway ID" />],
          ['Record', <CopyableId key="id" id={id} what="record ID" />],
        ]}
      />
      <Text size="sm">This usage is not charged yet. Fix the cause and retry, or discard the record.</Text>
      {retry.error && <ErrorNotice error={retry.error} what="The retry failed" onRetry={() => retry.mutate()} />}
      {retry.data?.outcome === 'refused' && (
        <Alert color="red" variant="light" role="alert" title="Refused again" className="break">
          {retry.data.reason}
        </Alert>
      )}
      <Group>
        <Button loading={retry.isPending} onClick={() => retry.mutate()}>
          Retry
        </Button>
        <Button variant="default" onClick={() => setDiscarding(true)}>
          Discard
        </Button>
      </Group>
      <Confirm opened={discarding} onClose={() => setDiscarding(false)} title="Discard this record?" verb="Discard" danger run={discard}>
        Its usage is never charged. The audit log keeps the record. This can’t be undone.
      </Confirm>
      <JsonBlock value={record} what="Record as JSON" />
    </>
  );
}

/** Queries that a stored or discarded record affects. */
const AFFECTED = ['usage', 'overview', 'keys', 'audit'];

/** Retries a quarantined record. It stays in quarantine when it is refused again. */
function useRetry(id: string, onStored: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await retryQuarantinedUsage({ path: { id }, throwOnError: true })).data.data,
    onSuccess: ({ outcome }) => {
      if (outcome !== 'stored') return;
      toast({
        cause: `quarantine ${id}`,
        tone: 'good',
        title: 'Record stored',
        message: 'Its usage now counts in its quota period.',
      });
      onStored();
    },
    onSettled: () => void invalidate(queries, AFFECTED),
  });
}

/** Discards a quarantined record. */
function useDiscard(id: string, onDiscarded: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await discardQuarantinedUsage({ path: { id }, throwOnError: true })).data.data,
    onSuccess: () => {
      toast({ cause: `quarantine ${id}`, tone: 'good', title: 'Record discarded' });
      onDiscarded();
    },
    onSettled: () => void invalidate(queries, AFFECTED),
  });
}
