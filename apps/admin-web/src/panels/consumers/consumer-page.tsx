import { isApiError } from '@api-factory/sdk-ts';
import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { usePages } from '../../lib/pages.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { CopyableId } from '../../ui/copy-button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { KeyMask, KeyStatus } from '../../ui/key-status.tsx';
import { LinkButton, PageLink } from '../../ui/link.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { ObjectAudit } from '../../ui/object-audit.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { ConsumerForm } from './consumer-form.tsx';
import { ConsumerSubscriptions } from './consumer-subscriptions.tsx';
import { type Consumer, consumerKey, type Key, keysKey, readConsumer, readKeys } from './queries.ts';

/** One consumer with its keys, subscriptions and audit log. */
export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const [{ edit }, change] = useUrlState({ edit: '' });
  const query = useQuery({ queryKey: consumerKey(id), queryFn: ({ signal }) => readConsumer(id, signal) });
  if (isApiError(query.error, 'NOT_FOUND')) return <NoConsumer id={id} />;
  const consumer = query.data;
  return (
    <Frame
      title={consumer?.name ?? 'Consumer'}
      lead={consumer && <Lead consumer={consumer} />}
      actions={
        consumer && (
          <Button variant="default" onClick={() => change({ edit: '1' })}>
            Edit
          </Button>
        )
      }
    >
      <Loaded query={query} failed="The consumer could not be loaded">
        {(found) => (
          <>
            <ConsumerKeys id={id} />
            <ConsumerSubscriptions id={id} />
            <ObjectAudit
              type="consumer"
              id={id}
              empty="Changes to this consumer appear here. Billing changes are recorded with its keys and entitlements."
            />
            <ConsumerForm opened={edit === '1'} onClose={() => change({ edit: '' })} consumer={found} />
          </>
        )}
      </Loaded>
    </Frame>
  );
}

const Lead = ({ consumer: { id, email, createdAt } }: { consumer: Consumer }) => (
  <Group gap="4px 16px">
    <span className="break">{email ?? 'No email'}</span>
    <CopyableId id={id} what="consumer ID" />
    <span>
      created <Time at={createdAt} />
    </span>
  </Group>
);

function ConsumerKeys({ id }: { id: string }) {
  const list = usePages({ queryKey: keysKey(id), read: (page) => readKeys(id, page) });
  return (
    <Section
      title="Keys"
      actions={
        <LinkButton variant="default" size="xs" to={`/keys?create=1&consumer=${id}`}>
          Create key
        </LinkButton>
      }
    >
      <ListView
        label="Keys of this consumer"
        failed="The keys could not be loaded"
        columns={KEY_COLUMNS}
        list={list}
        rowKey={(key) => key.id}
        empty={<EmptyState title="No keys">Create a key for this consumer, or have them buy a plan at your checkout.</EmptyState>}
      />
    </Section>
  );
}

const KEY_COLUMNS: Column<Key>[] = [
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

const NoConsumer = ({ id }: { id: string }) => (
  <Frame title="Consumer">
    <EmptyState title="Consumer not found" action={<LinkButton to="/consumers">See all consumers</LinkButton>}>
      <span className="break">No consumer has the ID {id}. Check the link: it may belong to another installation.</span>
    </EmptyState>
  </Frame>
);
