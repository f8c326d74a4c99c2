import { type ListAuditResponses, listAudit } from '@api-factory/sdk-ts';
import type { ReactNode } from 'react';
import { usePages } from '../lib/pages.ts';
import { Actor } from './actor.tsx';
import type { Column } from './data-table.tsx';
import { EmptyState } from './empty-state.tsx';
import { PageLink } from './link.tsx';
import { ListView } from './list-view.tsx';
import { Section } from './section.tsx';
import { Time } from './time.tsx';

type Entry = ListAuditResponses['200']['data'][number];

/** As many as are shown at first. */
const LATEST = 10;

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
  { key: 'actor', title: 'Actor', wide: true, cell: ({ actor }) => <Actor id={actor} /> },
];

interface ObjectAuditProps {
  type: 'key' | 'consumer';
  id: string;
  /** What to say when nothing was changed. */
  empty: ReactNode;
}

/** What was changed of one object, newest first. */
export function ObjectAudit({ type, id, empty }: ObjectAuditProps) {
  const list = usePages<Entry>({
    queryKey: ['audit', 'of-object', type, id],
    read: async ({ signal, ...page }) =>
      (await listAudit({ query: { ...page, limit: LATEST, objectType: type, objectId: id }, signal, throwOnError: true })).data,
  });
  return (
    <Section
      title="Audit"
      actions={
        <PageLink size="sm" to={`/audit?${new URLSearchParams({ type, object: id })}`}>
          See all entries
        </PageLink>
      }
    >
      <ListView
        label={`Changes of this ${type}`}
        failed="The audit entries could not be read"
        columns={COLUMNS}
        list={list}
        rowKey={(entry) => entry.id}
        empty={<EmptyState title="No changes">{empty}</EmptyState>}
      />
    </Section>
  );
}
