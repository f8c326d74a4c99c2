import { Code, Group, Text } from '@mantine/core';
import { CopyIcon } from './copy-button.tsx';

/** The request ID of a response; null: it had none. */
export const RequestId = ({ id }: { id: string | null }) =>
  id !== null && (
    <Group gap={4}>
      <Text size="sm">Request ID</Text>
      <Code>{id}</Code>
      <CopyIcon text={id} what="request ID" />
    </Group>
  );
