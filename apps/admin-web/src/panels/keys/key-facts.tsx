import { Code, Text } from '@mantine/core';
import { CopyableId } from '../../ui/copy-button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { PageLink } from '../../ui/link.tsx';
import { ObjectLink } from '../../ui/object-link.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { type Key, useKey, useSuccessor } from './queries.ts';

export function KeyFacts({ of }: { of: Key }) {
  const successor = useSuccessor(of.id);
  return (
    <Section title="Details">
      <Facts
        label="Details"
        facts={[
          ['ID', <CopyableId key="id" id={of.id} what="key ID" />],
          [
            'Plan',
            <>
              <PageLink to={`/plans/${of.plan}`} inherit>
                {of.plan}
              </PageLink>{' '}
              <Code>v{of.planVersion}</Code>
            </>,
          ],
          ['Consumer', <Owner key="consumer" id={of.consumerId} />],
          ['Subscription', <Subscription key="subscription" of={of} />],
          ['Entitlement', <CopyableId key="entitlement" id={of.entitlementId} what="entitlement ID" />],
          ['Mode', of.mode],
          ['Created', <Time key="created" at={of.createdAt} />],
          ['Last used', <Time key="used" at={of.lastUsedAt} />],
          of.status !== 'revoked' && [of.status === 'expired' ? 'Expired' : 'Expires', <Time key="expires" at={of.expiresAt} />],
          of.rotatedFrom !== null && ['Rotated from', <OtherKey key="from" id={of.rotatedFrom} />],
          typeof successor.data === 'string' && ['Rotated to', <OtherKey key="to" id={successor.data} />],
        ]}
      />
    </Section>
  );
}

/** With its last 4 characters: a rotated key and its replacement have the same name. */
function OtherKey({ id }: { id: string }) {
  const { data } = useKey(id);
  return (
    <PageLink to={`/keys/${id}`} inherit className="break" title={id}>
      {data === undefined ? id : `${data.name} (…${data.last4})`}
    </PageLink>
  );
}

const Owner = ({ id }: { id: string | null }) => (id === null ? <Dimmed text="none" /> : <ObjectLink type="consumer" id={id} />);

function Subscription({ of: { subscriptionId, consumerId } }: { of: Key }) {
  if (subscriptionId === null) return <Dimmed text="none, created by an operator" />;
  return (
    <PageLink to={`/billing?tab=subscriptions${consumerId === null ? '' : `&consumer=${consumerId}`}`} inherit className="break">
      {subscriptionId}
    </PageLink>
  );
}

const Dimmed = ({ text }: { text: string }) => (
  <Text span inherit c="dimmed">
    {text}
  </Text>
);
