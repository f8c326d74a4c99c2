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
import { ConsumerLink } from './cells.tsx';
import { useRelease } from './mutations.ts';
import { type Dispute, useDisputes } from './queries.ts';

/** Disputes and their holds, which an operator can release. */
export function DisputesTab() {
  const [releasing, setReleasing] = useState<Dispute | null>(null);
  return (
    <Stack>
      <Text size="sm">
        An open or lost dispute places a hold, which suspends every key that the consumer bought. The hold ends when the dispute is won or
        withdrawn.
      </Text>
      <ListView
        label="Disputes"
        failed="The disputes could not be loaded"
        columns={columns(setReleasing)}
        list={useDisputes()}
        rowKey={({ id }) => id}
        empty={<EmptyState title="No disputes">When a customer disputes a charge, it appears here.</EmptyState>}
      />
      {releasing && <ReleaseDialog dispute={releasing} onClose={() => setReleasing(null)} />}
    </Stack>
  );
}

const columns = (onRelease: (dispute: Dispute) => void): Column<Dispute>[] => [
  { key: 'id', title: 'Dispute', cell: ({ id }) => <CopyableId id={id} what="dispute ID" />, wide: true },
  { key: 'consumer', title: 'Consumer', cell: ({ consumerId }) => <ConsumerLink id={consumerId} /> },
  { key: 'status', title: 'Stripe status', cell: ({ status }) => status },
  { key: 'hold', title: 'Hold', cell: (row) => <Hold dispute={row} />, wide: true },
  { key: 'created', title: 'Opened', cell: ({ createdAt }) => <Time at={createdAt} absolute />, wide: true },
  {
    key: 'release',
    title: 'Release',
    align: 'right',
    cell: (row) => (
      <ReasonButton
        disabledReason={row.hold ? null : 'This dispute has no hold'}
        variant="default"
        size="compact-sm"
        onClick={() => onRelease(row)}
        aria-label={`Release the hold of ${row.id}`}
      >
        Release
      </ReasonButton>
    ),
  },
];

function Hold({ dispute: { hold, releasedAt } }: { dispute: Dispute }) {
  if (hold) return <>suspends keys</>;
  if (releasedAt === null) return <>none</>;
  return (
    <>
      released by an operator <Time at={releasedAt} />
    </>
  );
}

function ReleaseDialog({ dispute, onClose }: { dispute: Dispute; onClose: () => void }) {
  const run = useRelease(dispute.id, () => {
    toast({
      cause: 'release',
      tone: 'good',
      title: 'Hold released',
      message: 'The consumer’s keys work again, unless something else suspends them.',
    });
    onClose();
  });
  return (
    <Confirm
      opened
      onClose={onClose}
      title="Release the hold of this dispute?"
      verb="Release hold"
      typeName={dispute.id}
      run={{ ...run, mutate: () => run.mutate() }}
    >
      The consumer’s keys stop being suspended by this dispute, whatever its outcome in Stripe. This can’t be undone.
    </Confirm>
  );
}
