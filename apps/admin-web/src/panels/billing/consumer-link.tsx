import { Text } from '@mantine/core';
import { ObjectLink } from '../../ui/object-link.tsx';

/** The consumer behind something of Stripe’s. */
export const ConsumerLink = ({ id }: { id: string | null }) =>
  id === null ? (
    <Text span inherit c="dimmed">
      not known here
    </Text>
  ) : (
    <ObjectLink type="consumer" id={id} />
  );
