import { ActionIcon, Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconCopy, IconEye, IconEyeOff } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useCopy } from '../../ui/copy-button.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { maskedKey } from './mask.ts';
import type { IssuedKey } from './queries.ts';

interface RevealKeyProps {
  issued: IssuedKey;
  note: ReactNode;
  copied: boolean;
  onCopied: () => void;
  /** Whether to ask before closing without copying. */
  confirming: boolean;
  onStay: () => void;
  onDone: () => void;
  onLeave: () => void;
}

/** Shows a key’s plaintext, masked until the user reveals it. */
export function RevealKey({ issued, note, copied, onCopied, confirming, onStay, onDone, onLeave }: RevealKeyProps) {
  const { copied: justCopied, copy } = useCopy(issued.key, onCopied);
  const copyButton = useRef<HTMLButtonElement>(null);
  useEffect(() => copyButton.current?.focus(), []);
  return (
    <Stack>
      <Text size="sm">
        Copy the key of{' '}
        <Text span inherit fw={600} className="break">
          {issued.name}
        </Text>{' '}
        now. It is shown only once: API-Factory stores a hash, not the key.
      </Text>
      <Plaintext text={issued.key} onCopied={onCopied} />
      {note && (
        <Text size="sm" component="div">
          {note}
        </Text>
      )}
      {confirming && (
        <LeaveWarning
          onStay={() => {
            copyButton.current?.focus();
            onStay();
          }}
          onLeave={onLeave}
        />
      )}
      <Group justify="flex-end">
        {copied && (
          <LinkButton to={`/keys/${issued.id}`} variant="subtle">
            View key
          </LinkButton>
        )}
        <Button variant={copied ? 'filled' : 'default'} onClick={onDone}>
          Done
        </Button>
        <Button
          ref={copyButton}
          onClick={copy}
          variant={copied ? 'default' : 'filled'}
          leftSection={justCopied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
        >
          {justCopied ? 'Copied' : 'Copy key'}
        </Button>
      </Group>
    </Stack>
  );
}

/** Selecting and copying the whole key counts as copied, too. */
function Plaintext({ text, onCopied }: { text: string; onCopied: () => void }) {
  const [visible, setVisible] = useState(false);
  return (
    <Group gap="xs" wrap="nowrap">
      <Code
        block
        flex={1}
        fz="sm"
        className="break"
        style={{ whiteSpace: 'pre-wrap' }}
        aria-label={visible ? 'Key' : 'Key, hidden'}
        role="group"
        data-testid="plaintext-key"
        onCopy={() => visible && String(globalThis.getSelection()).includes(text) && onCopied()}
      >
        {visible ? text : maskedKey(text)}
      </Code>
      <ActionIcon variant="default" size="lg" aria-label={visible ? 'Hide key' : 'Show key'} onClick={() => setVisible(!visible)}>
        {visible ? <IconEyeOff size={18} aria-hidden /> : <IconEye size={18} aria-hidden />}
      </ActionIcon>
    </Group>
  );
}

function LeaveWarning({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) {
  const stay = useRef<HTMLButtonElement>(null);
  useEffect(() => stay.current?.focus(), []);
  return (
    <Alert color="orange" variant="light" icon={<IconAlertTriangle aria-hidden />} title="You haven’t copied the key" role="alert">
      <Text size="sm">You can’t see this key again after closing. To get a new one, you would have to rotate it.</Text>
      <Group gap="xs" p={4}>
        <Button ref={stay} size="compact-sm" variant="default" onClick={onStay}>
          Go back
        </Button>
        <Button size="compact-sm" color="red" onClick={onLeave}>
          Close without copying
        </Button>
      </Group>
    </Alert>
  );
}
