import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { copyText } from '../lib/copy.ts';
import { toast } from '../lib/toasts.ts';

const SAYS_SO_MS = 2_000;

/** Copies, and for a moment says that it did. */
export function useCopy(text: string, onCopied?: () => void): { copied: boolean; copy: () => void } {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SAYS_SO_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    if (await copyText(text)) {
      setCopied(true);
      onCopied?.();
      return;
    }
    toast({ cause: 'copy', tone: 'bad', title: 'Not copied', message: 'The browser refused. Select the text and copy it yourself.' });
  };
  return { copied, copy: () => void copy() };
}

interface CopyProps {
  text: string;
  /** What is copied: “key”, “request id”. Read out as “Copy key”. */
  what: string;
  onCopied?: () => void;
}

/** A small button that copies a text. */
export function CopyIcon({ text, what, onCopied }: CopyProps) {
  const { copied, copy } = useCopy(text, onCopied);
  return (
    <ActionIcon
      variant="subtle"
      color={copied ? 'teal' : 'gray'}
      size="sm"
      onClick={copy}
      title={`Copy ${what}`}
      aria-label={copied ? `Copied ${what}` : `Copy ${what}`}
    >
      {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
    </ActionIcon>
  );
}

/** The same with words, for what must be copied. */
export function CopyButton({ text, what, onCopied }: CopyProps) {
  const { copied, copy } = useCopy(text, onCopied);
  return (
    <Button
      variant={copied ? 'light' : 'filled'}
      onClick={copy}
      leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
    >
      {copied ? 'Copied' : `Copy ${what}`}
    </Button>
  );
}

/** An id with a button that copies it; `what` names it: “key id”. */
export const CopyableId = ({ id, what }: { id: string; what: string }) => (
  <Group gap={4} wrap="nowrap" align="flex-start" component="span" display="inline-flex">
    <Text span size="sm" ff="monospace" className="break">
      {id}
    </Text>
    <CopyIcon text={id} what={what} />
  </Group>
);
