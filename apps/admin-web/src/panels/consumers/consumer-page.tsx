import { isApiError } from '@api-factory/sdk-ts';
import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useUrlState } from '../../lib/url-state.ts';
import { CopyableId } from '../../ui/copy-button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { ObjectAudit } from '../../ui/object-audit.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { ConsumerForm } from './consumer-form.tsx';
import { ConsumerKeys } from './consumer-keys.tsx';
import { type Consumer, consumerKey, readConsumer } from './queries.ts';
import { Subscriptions } from './subscriptions.tsx';

/** One consumer: its keys, its subscriptions, what was changed. */
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
      <Loaded query={query} failed="The consumer could not be read">
        {(found) => (
          <>
            <ConsumerKeys id={id} />
            <Subscriptions id={id} />
            <ObjectAudit type="consumer" id={id} empty="Changes made by billing are written down with its keys and entitlements." />
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
    <CopyableId id={id} what="consumer id" />
    <span>
      created <Time at={createdAt} />
    </span>
  </Group>
);

const NoConsumer = ({ id }: { id: string }) => (
  <Frame title="Consumer">
    <EmptyState title="No such consumer" action={<LinkButton to="/consumers">All consumers</LinkButton>}>
      <span className="break">Nothing here has the id {id}. The link may be of another installation.</span>
    </EmptyState>
  </Frame>
);
