import { isApiError } from '@api-factory/sdk-ts';
import { Group, SimpleGrid, Stack } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { EmptyState } from '../../ui/empty-state.tsx';
import { KeyLimits } from '../../ui/key-limits.tsx';
import { KeyMask, KeyStatus } from '../../ui/key-status.tsx';
import { LinkButton, PageLink } from '../../ui/link.tsx';
import { Loaded, SkeletonLines } from '../../ui/loaded.tsx';
import { ObjectAudit } from '../../ui/object-audit.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { KeyActions } from './key-actions.tsx';
import { KeyEvents } from './key-events.tsx';
import { KeyFacts } from './key-facts.tsx';
import { KeyUsage } from './key-usage.tsx';
import { type Key, useKey, useLimits } from './queries.ts';

/** One key: how it stands, what it used, who called and what was done with it. */
export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  // A page of its own for each key: nothing of one dialog goes over to the next key.
  return <KeyPage key={id} id={id} />;
}

function KeyPage({ id }: { id: string }) {
  const key = useKey(id);
  const { data } = key;
  if (isApiError(key.error, 'NOT_FOUND')) return <NoSuchKey id={id} />;
  return (
    <Frame title={data?.name ?? 'Key'} lead={data && <Lead of={data} />} actions={data && <KeyActions of={data} />}>
      <Loaded query={key} failed="The key could not be read" skeleton={<SkeletonLines count={10} />}>
        {(shown) => (
          <Stack gap="lg">
            <Quota id={id} />
            <KeyUsage id={id} />
            <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
              <KeyFacts of={shown} />
              <ObjectAudit type="key" id={id} empty="What is done with this key appears here." />
            </SimpleGrid>
            <KeyEvents id={id} />
          </Stack>
        )}
      </Loaded>
    </Frame>
  );
}

const Lead = ({ of }: { of: Key }) => (
  <Group gap="xs">
    <span>
      <PageLink to="/keys" size="sm" underline="always">
        Keys
      </PageLink>{' '}
      / <KeyMask of={of} />
    </span>
    <KeyStatus of={of} />
    {of.status === 'enabled' && of.expiresAt !== null && (
      <span>
        expires <Time at={of.expiresAt} />
      </span>
    )}
  </Group>
);

/** By all keys of the entitlement: they draw on the same quota. */
function Quota({ id }: { id: string }) {
  const limits = useLimits(id);
  return (
    <Section title="Quota and rate">
      <Loaded query={limits} failed="The quota could not be read">
        {(shown) => <KeyLimits limits={shown} readAt={limits.dataUpdatedAt} />}
      </Loaded>
    </Section>
  );
}

const NoSuchKey = ({ id }: { id: string }) => (
  <Frame title="Key not found">
    <EmptyState title="There is no key with this id" action={<LinkButton to="/keys">See all keys</LinkButton>}>
      <span className="break">{id}</span> is not, and was never, a key here. Check the link, or look for the key by its name or last 4
      characters.
    </EmptyState>
  </Frame>
);
