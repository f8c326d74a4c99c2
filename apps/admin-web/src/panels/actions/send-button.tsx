import { Group, Text } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useNow } from '../../lib/now.ts';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { type GateFacts, whyOff } from './gate.ts';

/** Sends the call, or says why it can’t be made now. It comes back by itself when a limit is renewed. */
export function SendButton({ facts, sending }: { facts: GateFacts; sending: boolean }) {
  const off = whyOff(facts, useNow());
  return (
    <Group gap="sm" wrap="nowrap">
      <ReasonButton type="submit" off={off} loading={sending} leftSection={<IconSend size={16} aria-hidden />} flex="0 0 auto">
        Send
      </ReasonButton>
      <Text size="sm" c="dimmed" className="figure">
        {off ?? 'Ctrl or ⌘ and Enter sends from any field.'}
      </Text>
    </Group>
  );
}
