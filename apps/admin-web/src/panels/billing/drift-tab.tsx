import { Code, List, Spoiler, Stack, Text } from '@mantine/core';
import { CopyableId } from '../../ui/copy-button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Time } from '../../ui/time.tsx';
import { ConsumerLink } from './cells.tsx';
import { describeDifference } from './descriptions.ts';
import { type Drift, useDrift } from './queries.ts';

/** The differences that sweeps found and corrected. */
export const DriftTab = () => (
  <Stack>
    <Text size="sm">
      Drift is a difference from Stripe that a sweep found and no event reported. The sweep corrects it. If drift keeps growing, events are
      not arriving.
    </Text>
    <ListView
      label="Drift"
      failed="The drift could not be loaded"
      columns={COLUMNS}
      list={useDrift()}
      rowKey={({ id }) => id}
      empty={
        <EmptyState title="No drift">Sweeps have found no differences from Stripe. Any that they find and correct appear here.</EmptyState>
      }
    />
  </Stack>
);

const COLUMNS: Column<Drift>[] = [
  { key: 'at', title: 'Found', cell: ({ at }) => <Time at={at} /> },
  { key: 'consumer', title: 'Consumer', cell: ({ consumerId }) => <ConsumerLink id={consumerId} />, wide: true },
  { key: 'customer', title: 'Customer', cell: ({ customerId }) => <CopyableId id={customerId} what="customer ID" />, wide: true },
  { key: 'differences', title: 'Differences', cell: (row) => <Differences drift={row} /> },
];

const Differences = ({ drift: { differences } }: { drift: Drift }) => (
  <Spoiler maxHeight={110} showLabel="Show all" hideLabel="Show less">
    <List size="sm" spacing={2}>
      {differences.map((difference) => (
        <List.Item key={JSON.stringify(difference)}>
          <Difference difference={difference} />
        </List.Item>
      ))}
    </List>
  </Spoiler>
);

function Difference({ difference }: { difference: Record<string, unknown> }) {
  const description = describeDifference(difference);
  if (description === null) return <Code className="break">{JSON.stringify(difference)}</Code>;
  return (
    <span className="break">
      {description.field}: stored <b>{description.stored}</b>, in Stripe <b>{description.found}</b>{' '}
      <Text span size="xs" c="dimmed">
        ({description.object})
      </Text>
    </span>
  );
}
