import { Stack, Text } from '@mantine/core';
import { CopyableId } from '../../ui/copy-button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Time } from '../../ui/time.tsx';
import { type BillingFlag, useFlags } from './queries.ts';
import { flagWords } from './words.ts';

/** What an operator should look at, with what to do about it. */
export const FlagsTab = () => (
  <Stack>
    <Text size="sm">What you should look at. A flag changes no key by itself; it goes after 400 days.</Text>
    <ListView
      label="Flags"
      failed="The flags could not be read"
      columns={COLUMNS}
      list={useFlags()}
      rowKey={({ kind, objectId }) => `${kind} ${objectId}`}
      empty={
        <EmptyState title="No flags">Nothing at Stripe needs your eye: no refund, no warning of fraud, no price without a plan.</EmptyState>
      }
    />
  </Stack>
);

const COLUMNS: Column<BillingFlag>[] = [
  { key: 'kind', title: 'Flag', cell: (flag) => <Words flag={flag} /> },
  { key: 'object', title: 'Object', cell: ({ objectId }) => <CopyableId id={objectId} what="object id" />, wide: true },
  {
    key: 'customer',
    title: 'Customer',
    cell: ({ customerId }) => (customerId === null ? '–' : <CopyableId id={customerId} what="customer id" />),
    wide: true,
  },
  { key: 'at', title: 'Raised', cell: ({ at }) => <Time at={at} /> },
];

function Words({ flag: { kind, detail } }: { flag: BillingFlag }) {
  const { title, advice } = flagWords(kind);
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
