import { Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { toast } from '../../lib/toasts.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { CopyableId } from '../../ui/copy-button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Time } from '../../ui/time.tsx';
import { ConsumerLink } from './consumer-link.tsx';
import { useRelease } from './deeds.ts';
import { type Dispute, useDisputes } from './queries.ts';

/** Disputes with their holds, and the way to lift one. */
export function DisputesTab() {
  const [releasing, setReleasing] = useState<Dispute | null>(null);
  return (
    <Stack>
      <Text size="sm">
        An open or lost dispute holds: every key that the consumer bought is suspended. Won or withdrawn lifts that by itself.
      </Text>
      <ListView
        label="Disputes"
        failed="The disputes could not be read"
        columns={columns(setReleasing)}
        list={useDisputes()}
        rowKey={({ id }) => id}
        empty={<EmptyState title="No disputes">Nobody disputes a charge.</EmptyState>}
      />
      {releasing && <Release dispute={releasing} onClose={() => setReleasing(null)} />}
    </Stack>
  );
}

const columns = (release: (dispute: Dispute) => void): Column<Dispute>[] => [
  { key: 'id', title: 'Dispute', cell: ({ id }) => <CopyableId id={id} what="dispute id" />, wide: true },
  { key: 'consumer', title: 'Consumer', cell: ({ consumerId }) => <ConsumerLink id={consumerId} /> },
  { key: 'status', title: 'Stripe says', cell: ({ status }) => status },
  { key: 'hold', title: 'Hold', cell: (row) => <Hold dispute={row} />, wide: true },
  { key: 'created', title: 'Opened', cell: ({ createdAt }) => <Time at={createdAt} absolute />, wide: true },
  {
    key: 'release',
    title: 'Release',
    align: 'right',
    cell: (row) => (
      <ReasonButton
        off={row.hold ? null : 'It holds no key'}
        variant="default"
        size="compact-sm"
        onClick={() => release(row)}
        aria-label={`Release the hold of ${row.id}`}
      >
        Release
      </ReasonButton>
    ),
  },
];

function Hold({ dispute: { hold, releasedAt } }: { dispute: Dispute }) {
  if (hold) return <>suspends the consumer’s keys</>;
  if (releasedAt === null) return <>none</>;
  return (
    <>
      lifted by an operator <Time at={releasedAt} />
    </>
  );
}

function Release({ dispute, onClose }: { dispute: Dispute; onClose: () => void }) {
  const run = useRelease(dispute.id, () => {
    toast({ cause: 'release', tone: 'good', title: 'The hold is lifted', message: 'Keys that nothing else suspends work again.' });
    onClose();
  });
  return (
    <Confirm
      opened
      onClose={onClose}
      title="Lift the hold of this dispute?"
      verb="Release hold"
      typeName={dispute.id}
      run={{ ...run, mutate: () => run.mutate() }}
    >
      Do this when you have settled it with the consumer. The hold is lifted for good, whatever becomes of the dispute at Stripe.
    </Confirm>
  );
}
