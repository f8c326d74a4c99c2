import { Code } from '@mantine/core';
import { actorWord } from '../../lib/actors.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { type AuditEntry, useLatestAudit } from './queries.ts';

const COLUMNS: Column<AuditEntry>[] = [
  { key: 'time', title: 'Time', cell: ({ at }) => <Time at={at} stamp size="sm" /> },
  { key: 'action', title: 'Action', cell: ({ action }) => <Code>{action}</Code> },
  { key: 'actor', title: 'By', cell: ({ actor }) => actorWord(actor) },
];

/** What was done with a key lately. */
export function KeyAudit({ id }: { id: string }) {
  const audit = useLatestAudit(id);
  return (
    <Section title="Audit" actions={<PageLink to={`/audit?objectType=key&objectId=${id}`}>See all entries</PageLink>}>
      <Loaded query={audit} failed="The audit could not be read">
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState title="No entries">What is done with this key appears here.</EmptyState>
          ) : (
            <DataTable label="Audit of this key" columns={COLUMNS} rows={rows} rowKey={(row) => row.id} />
          )
        }
      </Loaded>
    </Section>
  );
}
