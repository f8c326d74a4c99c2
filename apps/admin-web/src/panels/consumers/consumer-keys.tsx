import { usePages } from '../../lib/pages.ts';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { KeyMask, KeyStatus } from '../../ui/key-status.tsx';
import { LinkButton, PageLink } from '../../ui/link.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { type Key, keysKey, readKeys } from './queries.ts';

const COLUMNS: Column<Key>[] = [
  {
    key: 'name',
    title: 'Name',
    cell: ({ id, name, prefix, last4 }) => (
      <>
        <PageLink to={`/keys/${id}`} inherit lineClamp={2} className="break" title={name}>
          {name}
        </PageLink>
        <div>
          <KeyMask of={{ prefix, last4 }} />
        </div>
      </>
    ),
  },
  { key: 'status', title: 'Status', cell: (key) => <KeyStatus of={key} /> },
  {
    key: 'plan',
    title: 'Plan',
    wide: true,
    cell: ({ plan }) => (
      <PageLink inherit to={`/plans/${plan}`}>
        {plan}
      </PageLink>
    ),
  },
  { key: 'used', title: 'Last used', wide: true, cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
  { key: 'created', title: 'Created', wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
];

/** The keys of a consumer. */
export function ConsumerKeys({ id }: { id: string }) {
  const list = usePages({ queryKey: keysKey(id), read: (page) => readKeys(id, page) });
  const create = `/keys?create=1&consumer=${id}`;
  return (
    <Section
      title="Keys"
      actions={
        <LinkButton variant="default" size="xs" to={create}>
          Create a key
        </LinkButton>
      }
    >
      <ListView
        label="Keys of this consumer"
        failed="The keys could not be read"
        columns={COLUMNS}
        list={list}
        rowKey={(key) => key.id}
        empty={
          <EmptyState title="No keys">This consumer can’t call anything yet. Create a key for it, or send it to the checkout.</EmptyState>
        }
      />
    </Section>
  );
}
