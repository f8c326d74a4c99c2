import { Group, Stack } from '@mantine/core';
import { useMemo } from 'react';
import { useLinkedRow } from '../../lib/linked-row.ts';
import { usePages } from '../../lib/pages.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { CsvButton } from '../../ui/csv-button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { NoMatches } from '../../ui/no-matches.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { AuditFilters } from './audit-filters.tsx';
import { entryColumns } from './entry-columns.tsx';
import { EntryDrawer } from './entry-drawer.tsx';
import { type AuditFilter, isNarrowed, NO_FILTER } from './filter.ts';
import { type Entry, entriesKey, exportEntries, LINKED_KEY, readEntries, readEntriesBetween } from './queries.ts';

/** Who changed what, when. */
export function Page() {
  const [{ entry: id, at, ...texts }, change] = useUrlState({ ...NO_FILTER, entry: '', at: '' });
  const { actor, action, type, object, range, from, to } = texts;
  const filter: AuditFilter = useMemo(
    () => ({ actor, action, type, object, range, from, to }),
    [actor, action, type, object, range, from, to],
  );
  const list = usePages({ queryKey: entriesKey(filter), read: (page) => readEntries(filter, page) });
  const linked = useLinkedRow<Entry>({ id, at, rows: list.rows, queryKey: LINKED_KEY, read: readEntriesBetween });
  const open = (row: Entry) => change({ entry: row.id, at: row.at });
  const clear = () => change(NO_FILTER);
  return (
    <Frame title="Audit" lead="Every change, written down in the same transaction as the change itself.">
      <Stack>
        <Group justify="space-between" align="flex-end" gap="sm">
          <AuditFilters filter={filter} onChange={change} onClear={clear} />
          <CsvButton fileName="audit.csv" table={(onProgress) => exportEntries(filter, onProgress)} />
        </Group>
        <ListView
          label="Audit entries"
          failed="The audit entries could not be read"
          columns={entryColumns(open)}
          list={list}
          rowKey={(row) => row.id}
          onRow={open}
          empty={<NoEntries filter={filter} onClear={clear} />}
        />
      </Stack>
      <EntryDrawer opened={id !== ''} row={linked} onClose={() => change({ entry: '', at: '' })} />
    </Frame>
  );
}

function NoEntries({ filter, onClear }: { filter: AuditFilter; onClear: () => void }) {
  if (!isNarrowed(filter)) return <EmptyState title="No changes yet">Create a plan or a key: each change is written down here.</EmptyState>;
  return <NoMatches title="No changes for these filters" onClear={onClear} />;
}
