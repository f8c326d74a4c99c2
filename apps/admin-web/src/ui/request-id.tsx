import { Code, Group, Text } from '@mantine/core';
import { CopyIcon } from './copy-button.tsx';

/** What the operator finds a call by; null: the answer named none. */
export const RequestId = ({ id }: { id: string | null }) =>
  id !== null && (
    <Group gap={4}>
      <Text size="sm">Request id</Text>
      <Code>{id}</Code>
      <CopyIcon text={id} what="request id" />
    </Group>
  );
