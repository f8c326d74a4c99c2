import { Modal, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ErrorNotice } from './error-notice.tsx';
import { FormButtons } from './reason-button.tsx';

interface ConfirmProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** The consequence, and whether it can be undone. */
  children: ReactNode;
  /** Label of the button: “Revoke”. */
  verb: string;
  /** Text to type before the button is enabled; null: none. */
  typeName?: string | null;
  danger?: boolean;
  run: {
    mutate: () => void;
    isPending: boolean;
    error: unknown;
    /** Clears the last error. */
    reset?: () => void;
  };
}

/** A confirmation dialog. Pass `typeName` for actions that can’t be undone. */
export function Confirm({ opened, onClose, title, children, verb, typeName = null, danger = false, run }: ConfirmProps) {
  const [typed, setTyped] = useState('');
  const disabledReason = typeName === null || typed.trim() === typeName.trim() ? null : 'Type the name to confirm';
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
          if (disabledReason === null && !run.isPending) run.mutate();
        }}
      >
        <Stack>
          <Text size="sm" component="div">
            {children}
          </Text>
          {typeName !== null && (
            <TextInput
              label={<span className="break">Type {typeName} to confirm</span>}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
          )}
          {run.error != null && <ErrorNotice error={run.error} what="The request failed" />}
          <FormButtons onCancel={close} verb={verb} pending={run.isPending} disabledReason={disabledReason} danger={danger} />
        </Stack>
      </form>
    </Modal>
  );
}
