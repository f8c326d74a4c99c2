import { Anchor, Text } from '@mantine/core';
import { useState } from 'react';
import { usePages } from '../../lib/pages.ts';
import { JsonBlock } from '../../ui/code-block.tsx';
import { CopyableId } from '../../ui/copy-button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { Details } from '../../ui/details.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
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
        {(record) => <RecordDetails of={record} />}
      </Details>
    </>
  );
}

const RecordDetails = ({ of: { id, at, gatewayId, reason, record } }: { of: Quarantined }) => (
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
    <Text size="sm">It counts for no key. What it says can be seen below; nothing of it is lost.</Text>
    <JsonBlock value={record} what="Record as JSON" />
  </>
);
