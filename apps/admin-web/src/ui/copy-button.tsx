import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { toast } from '../lib/toasts.ts';

const SHOWN_MS = 2_000;

/** Copies a text. `copied` is true for a moment afterwards. */
export function useCopy(text: string, onCopied?: () => void): { copied: boolean; copy: () => void } {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    if (await copyText(text)) {
      setCopied(true);
      onCopied?.();
      return;
    }
    toast({ cause: 'copy', tone: 'bad', title: 'Not copied', message: 'The browser blocked it. Select the text and copy it manually.' });
  };
  return { copied, copy: () => void copy() };
}

interface CopyProps {
  text: string;
  /** “key”, “request id”: the button is labelled “Copy key”. */
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

/** A button with a label, for text that must be copied. */
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

/** An id with a copy button. `what` names it: “key id”. */
export const CopyableId = ({ id, what }: { id: string; what: string }) => (
  <Group gap={4} wrap="nowrap" align="flex-start" component="span" display="inline-flex">
    <Text span size="sm" ff="monospace" className="break">
      {id}
    </Text>
    <CopyIcon text={id} what={what} />
  </Group>
);

/**
 * Copies text to the clipboard. Browsers offer no clipboard API over plain HTTP, so there the text
 * is selected in a hidden field and copied with the legacy command.
 * @returns whether it worked
 */
async function copyText(text: string): Promise<boolean> {
  if (globalThis.isSecureContext && navigator.clipboard !== undefined) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Without permission the legacy command may still work.
    }
  }
  return copyBySelection(text);
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.setAttribute('aria-hidden', 'true');
  field.style.cssText = 'position:fixed;top:0;left:0;opacity:0';
  // Inside an open dialog, whose focus trap would otherwise clear the selection.
  const host = before?.closest('[role="dialog"]') ?? document.body;
  host.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return copied;
}
