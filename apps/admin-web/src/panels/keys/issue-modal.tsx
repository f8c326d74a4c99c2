import { Modal, VisuallyHidden } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import type { IssuedKey } from './queries.ts';
import { RevealKey } from './reveal-key.tsx';

interface IssueModalProps {
  opened: boolean;
  /** Takes the wish for a key out of the address: when the key is made, and when the dialog closes. */
  onClose: () => void;
  title: string;
  /** What asks for the key. It hands over what the API made, and what else is to be said of it. */
  form: (onIssued: (issued: IssuedKey, note?: ReactNode) => void) => ReactNode;
}

interface Reveal {
  issued: IssuedKey;
  note: ReactNode;
}

/**
 * The dialog in which a key is made and then shown this once. Its plaintext is in this component’s state and nowhere else. Leaving without
 * having copied it asks first, whichever way one leaves.
 */
export function IssueModal({ opened, onClose, title, form }: IssueModalProps) {
  const [reveal, setReveal] = useState<Reveal | null>(null);
  const [copied, setCopied] = useState(false);
  const [asking, setAsking] = useState(false);
  const finished = useRef(false);
  const uncopied = reveal !== null && !copied;
  useBlocker({
    shouldBlockFn: ({ current, next }) => {
      // The same page with another query part: the dialog stays.
      if (current.pathname === next.pathname) return false;
      if (!finished.current) setAsking(true);
      return !finished.current;
    },
    enableBeforeUnload: () => !finished.current,
    disabled: !uncopied,
  });
  const finish = () => {
    finished.current = true;
    setReveal(null);
    setCopied(false);
    setAsking(false);
    onClose();
  };
  const show = (issued: IssuedKey, note: ReactNode = null) => {
    finished.current = false;
    // Else a reload would ask for another key.
    onClose();
    setReveal({ issued, note });
  };
  const tryClose = () => (uncopied ? setAsking(true) : finish());
  // Also when the dialog was closed while the key was being made: else nobody would ever see it.
  const shown = opened || reveal !== null;
  return (
    <Modal opened={shown} onClose={tryClose} title={reveal ? 'Copy your key' : title} size="lg">
      <VisuallyHidden role="status" aria-live="polite">
        {reveal && (copied ? 'The key is copied' : 'The key is made. Copy it now: it is shown only this once.')}
      </VisuallyHidden>
      {reveal && (
        <RevealKey
          {...reveal}
          {...{ copied, asking }}
          onCopied={() => {
            setCopied(true);
            setAsking(false);
          }}
          onKeep={() => setAsking(false)}
          onDone={tryClose}
          onLeave={finish}
        />
      )}
      {opened && !reveal && form(show)}
    </Modal>
  );
}
