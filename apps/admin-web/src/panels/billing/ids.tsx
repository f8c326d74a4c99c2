import { Code, Group, Text } from '@mantine/core';
import { CopyIcon } from '../../ui/copy-button.tsx';
import { PageLink } from '../../ui/link.tsx';

/** An id of Stripe’s, to be looked up there. */
export const StripeId = ({ id, what }: { id: string; what: string }) => (
  <Group gap={2} wrap="nowrap">
    <Code className="break">{id}</Code>
    <CopyIcon text={id} what={what} />
  </Group>
);

interface ConsumerLinkProps {
  consumerId: string | null;
  names: ReadonlyMap<string, string>;
}

/** The consumer behind something of Stripe’s. */
export const ConsumerLink = ({ consumerId, names }: ConsumerLinkProps) =>
  consumerId === null ? (
    <Text span inherit c="dimmed">
      not known here
    </Text>
  ) : (
    <PageLink to={`/consumers/${consumerId}`} size="sm" className="break">
      {names.get(consumerId) ?? consumerId}
    </PageLink>
  );
