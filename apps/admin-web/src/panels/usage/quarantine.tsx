import { Alert, Anchor, Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { usePages } from '../../lib/pages.ts';
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
import { useDiscard, useRetry } from './quarantine-changes.ts';
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

/** Usage records that the database refused, kept for the operator. */
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
        failed="The quarantined records could not be read"
        columns={columns(open)}
        list={list}
        rowKey={({ id }) => id}
        onRow={open}
        empty={
          <EmptyState title="Nothing in quarantine">
            Usage records that the database refuses are kept here with the reason. There are none.
          </EmptyState>
        }
      />
      <Details
        opened={opened}
        onClose={() => setOpened(false)}
        title="Quarantined record"
        row={{ data: row, error: null, refetch: list.refetch }}
        failed=""
        missing={null}
      >
        {(record) => <RecordDetails key={record.id} of={record} onGone={() => setOpened(false)} />}
      </Details>
    </>
  );
}

function RecordDetails({ of: { id, at, gatewayId, reason, record }, onGone }: { of: Quarantined; onGone: () => void }) {
  const [discarding, setDiscarding] = useState(false);
  const retry = useRetry(id, onGone);
  const discard = useDiscard(id, () => {
    setDiscarding(false);
    onGone();
  });
  return (
    <>
      <Facts
        label="Quarantined record"
        facts={[
          ['Reason', reason],
          ['Time', <Time key="time" at={at} absolute />],
          ['Gateway', <CopyableId key="gateway" id={gatewayId} what="gateway id" />],
          ['Record', <CopyableId key="id" id={id} what="record id" />],
        ]}
      />
      <Text size="sm">No key is charged for this record. Retry it once the cause is fixed, or discard it for good.</Text>
      {retry.error && <ErrorNotice error={retry.error} what="The record was not retried" onRetry={() => retry.mutate()} />}
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
        Nobody is charged for the usage that it records. The audit log keeps what it says. This can’t be undone.
      </Confirm>
      <JsonBlock value={record} what="Record as JSON" />
    </>
  );
}
