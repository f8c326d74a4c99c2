import { ActionIcon, Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconCopy, IconEye, IconEyeOff } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useCopy } from '../../ui/copy-button.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { maskedKey } from './mask.ts';
import type { IssuedKey } from './queries.ts';

interface RevealKeyProps {
  issued: IssuedKey;
  /** What else is to be said of it. */
  note: ReactNode;
  copied: boolean;
  onCopied: () => void;
  /** Somebody wants to leave without having copied it. */
  asking: boolean;
  onKeep: () => void;
  onDone: () => void;
  onLeave: () => void;
}

/** Shows a key’s plaintext, covered until one wants to see it. */
export function RevealKey({ issued, note, copied, onCopied, asking, onKeep, onDone, onLeave }: RevealKeyProps) {
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
        now and hand it over in private. It is shown only this once; API-Factory keeps no copy that could be read.
      </Text>
      <Plaintext text={issued.key} onCopied={onCopied} />
      {note && (
        <Text size="sm" component="div">
          {note}
        </Text>
      )}
      {asking && (
        <LeaveQuestion
          onKeep={() => {
            copyButton.current?.focus();
            onKeep();
          }}
          onLeave={onLeave}
        />
      )}
      <Group justify="flex-end">
        {copied && (
          <LinkButton to={`/keys/${issued.id}`} variant="subtle">
            See this key
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

/** The key, covered or not. Who marks it whole and copies it by hand has copied it too. */
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
        aria-label={visible ? 'The key' : 'The key, covered'}
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

function LeaveQuestion({ onKeep, onLeave }: { onKeep: () => void; onLeave: () => void }) {
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  return (
    <Alert color="orange" variant="light" icon={<IconAlertTriangle aria-hidden />} title="You haven’t copied the key" role="alert">
      <Text size="sm">When you close this, nobody can read the key again. You would have to rotate it to get another.</Text>
      <Group gap="xs" p={4}>
        <Button ref={keep} size="compact-sm" variant="default" onClick={onKeep}>
          Stay here
        </Button>
        <Button size="compact-sm" color="red" onClick={onLeave}>
          Close without copying
        </Button>
      </Group>
    </Alert>
  );
}
