import { actorWord } from '../../lib/actors.ts';
import { usePages } from '../../lib/pages.ts';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageLink } from '../../ui/link.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { auditKey, type Entry, readAudit } from './queries.ts';

const COLUMNS: Column<Entry>[] = [
  { key: 'at', title: 'Time', cell: ({ at }) => <Time at={at} stamp size="sm" /> },
  {
    key: 'action',
    title: 'Action',
    cell: ({ id, at, action }) => (
      <PageLink inherit to={`/audit?${new URLSearchParams({ entry: id, at })}`}>
        {action}
      </PageLink>
    ),
  },
  { key: 'actor', title: 'Actor', wide: true, cell: ({ actor }) => actorWord(actor) },
];

/** What was changed of a consumer. */
export function ConsumerAudit({ id }: { id: string }) {
  const list = usePages({ queryKey: auditKey(id), read: (page) => readAudit(id, page) });
  return (
    <Section
      title="Audit"
      actions={
        <PageLink size="sm" to={`/audit?${new URLSearchParams({ type: 'consumer', object: id })}`}>
          In the audit
        </PageLink>
      }
    >
      <ListView
        label="Changes of this consumer"
        failed="The audit entries could not be read"
        columns={COLUMNS}
        list={list}
        rowKey={(entry) => entry.id}
        empty={<EmptyState title="No changes">Changes made by billing are written down with its keys and entitlements.</EmptyState>}
      />
    </Section>
  );
}
