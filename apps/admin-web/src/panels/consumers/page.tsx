import { Button, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { formatCount } from '../../lib/format.ts';
import { useGo } from '../../lib/go.ts';
import { usePages } from '../../lib/pages.ts';
import { useUrlState } from '../../lib/url-state.ts';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageLink } from '../../ui/link.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { NoMatches } from '../../ui/no-matches.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { TextFilter } from '../../ui/text-filter.tsx';
import { Time } from '../../ui/time.tsx';
import { ConsumerForm } from './consumer-form.tsx';
import { type Consumer, consumersKey, readConsumers } from './queries.ts';

const COLUMNS: Column<Consumer>[] = [
  {
    key: 'name',
    title: 'Name',
    cell: ({ id, name }) => (
      <PageLink to={`/consumers/${id}`} inherit lineClamp={2} className="break" title={name}>
        {name}
      </PageLink>
    ),
  },
  { key: 'email', title: 'Email', wide: true, cell: ({ email }) => email ?? '–' },
  { key: 'keys', title: 'Keys', align: 'right', cell: ({ keys }) => formatCount(keys) },
  { key: 'created', title: 'Created', wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
];

/** The list of consumers. */
export function Page() {
  const [{ search, create }, change] = useUrlState({ search: '', create: '' });
  const list = usePages({ queryKey: consumersKey(search), read: (page) => readConsumers(search, page) });
  const go = useGo();
  const showConsumer = ({ id }: Consumer) => go(`/consumers/${id}`);
  const showForm = () => change({ create: '1' });
  return (
    <Frame
      title="Consumers"
      lead="The customers who call your APIs. Each purchase creates one automatically."
      actions={<CreateButton onClick={showForm} />}
    >
      <Stack>
        <TextFilter label="Search" placeholder="Name or email" value={search} onChange={(text) => change({ search: text })} width={260} />
        <ListView
          label="Consumers"
          failed="The consumers could not be loaded"
          columns={COLUMNS}
          list={list}
          rowKey={({ id }) => id}
          onRow={showConsumer}
          empty={<NoConsumers search={search} onClear={() => change({ search: '' })} onCreate={showForm} />}
        />
      </Stack>
      <ConsumerForm opened={create === '1'} onClose={() => change({ create: '' })} consumer={null} onSaved={showConsumer} />
    </Frame>
  );
}

function NoConsumers({ search, onClear, onCreate }: { search: string; onClear: () => void; onCreate: () => void }) {
  if (search === '') {
    return (
      <EmptyState title="No consumers yet" action={<CreateButton onClick={onCreate} />}>
        A consumer owns API keys. Create one here, or let buyers become consumers at checkout.
      </EmptyState>
    );
  }
  return (
    <NoMatches title="No consumers match this search" verb="Clear search" onClear={onClear}>
      Search by part of the name or email.
    </NoMatches>
  );
}

const CreateButton = ({ onClick }: { onClick: () => void }) => (
  <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onClick}>
    Create consumer
  </Button>
);
