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

const PAGE_SIZE = 10;

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
  empty: ReactNode;
}

/** The audit entries of one object, newest first. */
export function ObjectAudit({ type, id, empty }: ObjectAuditProps) {
  const list = usePages<Entry>({
    queryKey: ['audit', 'of-object', type, id],
    read: async ({ signal, ...page }) =>
      (await listAudit({ query: { ...page, limit: PAGE_SIZE, objectType: type, objectId: id }, signal, throwOnError: true })).data,
  });
  return (
    <Section
      title="Audit log"
      actions={
        <PageLink size="sm" to={`/audit?${new URLSearchParams({ type, object: id })}`}>
          View all
        </PageLink>
      }
    >
      <ListView
        label={`Audit log of this ${type}`}
        failed="The audit log could not be loaded"
        columns={COLUMNS}
        list={list}
        rowKey={(entry) => entry.id}
        empty={<EmptyState title="No changes yet">{empty}</EmptyState>}
      />
    </Section>
  );
}
