import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useGo } from '../../lib/go.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { NoMatches } from '../../ui/no-matches.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { CreateKey } from './create-key.tsx';
import { isNarrowed, type KeyFilter, NO_FILTER } from './filter.ts';
import { keyColumns } from './key-columns.tsx';
import { KeyFilters } from './key-filters.tsx';
import { useKeys } from './queries.ts';
import { partsById } from './usage-points.ts';

/** The API takes so many keys at once when it is asked for their usage. */
const READ_TOGETHER = 100;

/** All keys, and the dialog that makes one. */
export function Page() {
  const [{ create, ...filters }, setUrl] = useUrlState({ ...NO_FILTER, create: '' });
  const go = useGo();
  const keys = useKeys(filters);
  const parts = useMemo(
    () =>
      partsById(
        (keys.rows ?? []).map(({ id }) => id),
        READ_TOGETHER,
      ),
    [keys.rows],
  );
  const columns = useMemo(() => keyColumns((id) => parts.get(id) ?? [id]), [parts]);
  const open = () => setUrl({ create: '1' });
  return (
    <Frame
      title="Keys"
      lead="API keys: what consumers call with. Each belongs to an entitlement, which has the quota and the rate of its plan."
      actions={<CreateButton onClick={open} />}
    >
      <KeyFilters filters={filters} onChange={setUrl} />
      <ListView
        label="API keys"
        failed="The keys could not be read"
        columns={columns}
        list={keys}
        rowKey={({ id }) => id}
        onRow={({ id }) => go(`/keys/${id}`)}
        empty={<NoKeys filters={filters} onClear={() => setUrl(NO_FILTER)} onCreate={open} />}
      />
      <CreateKey opened={create === '1'} consumerId={filters.consumer} onClose={() => setUrl({ create: '' })} />
    </Frame>
  );
}

const CreateButton = ({ onClick }: { onClick: () => void }) => (
  <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onClick}>
    Create key
  </Button>
);

const NoKeys = ({ filters, onClear, onCreate }: { filters: KeyFilter; onClear: () => void; onCreate: () => void }) =>
  isNarrowed(filters) ? (
    <NoMatches title="No key for these filters" onClear={onClear}>
      A search looks at a part of the name, at how the key begins, and at its last 4 characters.
    </NoMatches>
  ) : (
    <EmptyState title="No keys yet" action={<CreateButton onClick={onCreate} />}>
      A key lets a consumer call. Create one, copy it, and hand it over: its plaintext is shown only once.
    </EmptyState>
  );
