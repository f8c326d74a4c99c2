import { Modal, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ErrorNotice } from './error-notice.tsx';
import { FormButtons } from './reason-button.tsx';

interface ConfirmProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What happens, and whether it can be undone. */
  children: ReactNode;
  /** The word on the button: “Revoke”. */
  verb: string;
  /** What must be typed first; null: nothing. */
  typeName?: string | null;
  danger?: boolean;
  run: {
    mutate: () => void;
    isPending: boolean;
    error: unknown;
    /** Forgets the last failure. */
    reset?: () => void;
  };
}

/** Asks before something is done; what can’t be undone wants a name typed. */
export function Confirm({ opened, onClose, title, children, verb, typeName = null, danger = false, run }: ConfirmProps) {
  const [typed, setTyped] = useState('');
  const off = typeName === null || typed.trim() === typeName.trim() ? null : 'Type the name first';
  const close = () => {
    setTyped('');
    run.reset?.();
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (off === null && !run.isPending) run.mutate();
        }}
      >
        <Stack>
          <Text size="sm" component="div">
            {children}
          </Text>
          {typeName !== null && (
            <TextInput
              label={<span className="break">Type {typeName} to go on</span>}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
          )}
          {run.error != null && <ErrorNotice error={run.error} what="That did not work" />}
          <FormButtons onCancel={close} verb={verb} pending={run.isPending} off={off} danger={danger} />
        </Stack>
      </form>
    </Modal>
  );
}
