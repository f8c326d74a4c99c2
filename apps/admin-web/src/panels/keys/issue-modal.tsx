import { Modal, VisuallyHidden } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import type { IssuedKey } from './queries.ts';
import { RevealKey } from './reveal-key.tsx';

interface IssueModalProps {
  opened: boolean;
  /** Removes the dialog from the URL: once the key is created, and when the dialog closes. */
  onClose: () => void;
  title: string;
  /** The form that requests the key. `note` is shown with the new key. */
  form: (onIssued: (issued: IssuedKey, note?: ReactNode) => void) => ReactNode;
}

interface Reveal {
  issued: IssuedKey;
  note: ReactNode;
}

/**
 * A dialog that creates a key and shows its plaintext once. The plaintext is only in this
 * component’s state. Every way of leaving without copying it asks for confirmation.
 */
export function IssueModal({ opened, onClose, title, form }: IssueModalProps) {
  const [reveal, setReveal] = useState<Reveal | null>(null);
  const [copied, setCopied] = useState(false);
  const [confirming, setConfirming] = useState(false);
  const finished = useRef(false);
  const uncopied = reveal !== null && !copied;
  useBlocker({
    shouldBlockFn: ({ current, next }) => {
      // A change of query parameters only: the dialog stays mounted.
      if (current.pathname === next.pathname) return false;
      if (!finished.current) setConfirming(true);
      return !finished.current;
    },
    enableBeforeUnload: () => !finished.current,
    disabled: !uncopied,
  });
  const finish = () => {
    finished.current = true;
    setReveal(null);
    setCopied(false);
    setConfirming(false);
    onClose();
  };
  const show = (issued: IssuedKey, note: ReactNode = null) => {
    finished.current = false;
    // Removed from the URL now: a reload must not show the form again.
    onClose();
    setReveal({ issued, note });
  };
  const tryClose = () => (uncopied ? setConfirming(true) : finish());
  // Reopens if it was closed while the key was being created: the key is shown only once.
  const shown = opened || reveal !== null;
  return (
    <Modal opened={shown} onClose={tryClose} title={reveal ? 'Copy your key' : title} size="lg">
      <VisuallyHidden role="status" aria-live="polite">
        {reveal && (copied ? 'Key copied' : 'Key created. Copy it now: it is shown only once.')}
      </VisuallyHidden>
      {reveal && (
        <RevealKey
          {...reveal}
          {...{ copied, confirming }}
          onCopied={() => {
            setCopied(true);
            setConfirming(false);
          }}
          onStay={() => setConfirming(false)}
          onDone={tryClose}
          onLeave={finish}
        />
      )}
      {opened && !reveal && form(show)}
    </Modal>
  );
}
