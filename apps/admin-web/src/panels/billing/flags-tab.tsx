import { Stack, Text } from '@mantine/core';
import { CopyableId } from '../../ui/copy-button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Time } from '../../ui/time.tsx';
import { describeFlag } from './descriptions.ts';
import { type BillingFlag, useFlags } from './queries.ts';

/** What needs an operator’s attention in Stripe, with advice. */
export const FlagsTab = () => (
  <Stack>
    <Text size="sm">Flags show what needs your attention in Stripe. They change no keys, and expire after 400 days.</Text>
    <ListView
      label="Flags"
      failed="The flags could not be loaded"
      columns={COLUMNS}
      list={useFlags()}
      rowKey={({ kind, objectId }) => `${kind} ${objectId}`}
      empty={<EmptyState title="No flags">Refunds, fraud warnings and prices not linked to a plan appear here.</EmptyState>}
    />
  </Stack>
);

const COLUMNS: Column<BillingFlag>[] = [
  { key: 'kind', title: 'Flag', cell: (flag) => <FlagText flag={flag} /> },
  { key: 'object', title: 'Object', cell: ({ objectId }) => <CopyableId id={objectId} what="object ID" />, wide: true },
  {
    key: 'customer',
    title: 'Customer',
    cell: ({ customerId }) => (customerId === null ? '–' : <CopyableId id={customerId} what="customer ID" />),
    wide: true,
  },
  { key: 'at', title: 'Raised', cell: ({ at }) => <Time at={at} /> },
];

function FlagText({ flag: { kind, detail } }: { flag: BillingFlag }) {
  const { title, advice } = describeFlag(kind);
  return (
    <Stack gap={2}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <Text size="sm" className="break">
        {detail}
      </Text>
      <Text size="sm" c="dimmed">
        {advice}
      </Text>
    </Stack>
  );
}
