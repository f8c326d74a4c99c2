import { Code, List, Spoiler, Stack, Text } from '@mantine/core';
import { CopyableId } from '../../ui/copy-button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Time } from '../../ui/time.tsx';
import { ConsumerLink } from './consumer-link.tsx';
import { type Drift, useDrift } from './queries.ts';
import { differenceWords } from './words.ts';

/** What sweeps found to differ from Stripe though no event was on its way. */
export function DriftTab() {
  return (
    <Stack>
      <Text size="sm">
        Drift is what a sweep finds to differ from Stripe without an event. It is repaired at once; if it grows, events do not arrive.
      </Text>
      <ListView
        label="Drift"
        failed="The drift could not be read"
        columns={COLUMNS}
        list={useDrift()}
        rowKey={({ id }) => id}
        empty={<EmptyState title="No drift">What is stored here never differed from Stripe. That is how it should be.</EmptyState>}
      />
    </Stack>
  );
}

const COLUMNS: Column<Drift>[] = [
  { key: 'at', title: 'Found', cell: ({ at }) => <Time at={at} /> },
  { key: 'consumer', title: 'Consumer', cell: ({ consumerId }) => <ConsumerLink id={consumerId} />, wide: true },
  { key: 'customer', title: 'Customer', cell: ({ customerId }) => <CopyableId id={customerId} what="customer id" />, wide: true },
  { key: 'differences', title: 'What differed', cell: (row) => <Differences drift={row} /> },
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
  const words = differenceWords(difference);
  if (words === null) return <Code className="break">{JSON.stringify(difference)}</Code>;
  return (
    <span className="break">
      {words.what}: stored was <b>{words.stored}</b>, Stripe says <b>{words.found}</b>{' '}
      <Text span size="xs" c="dimmed">
        ({words.object})
      </Text>
    </span>
  );
}
