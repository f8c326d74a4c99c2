import { Button, type ButtonProps, Group, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';

interface ReasonButtonProps extends Omit<ButtonProps, 'disabled'> {
  /** Why it can’t be used now, and until when: “Out of quota, resets 1 Dec”. null: it can. */
  off: string | null;
  onClick?: () => void;
  type?: 'button' | 'submit';
  children: ReactNode;
}

/**
 * A button that, when it is off, can still be reached with the keyboard and says why: `aria-disabled` and a tooltip, since a `disabled`
 * button takes no focus and stays silent.
 */
export function ReasonButton({ off, onClick, type = 'button', children, ...props }: ReasonButtonProps) {
  return (
    <Tooltip label={off} disabled={off === null} events={{ hover: true, focus: true, touch: true }} multiline maw={280}>
      <Button
        {...props}
        type={off === null ? type : 'button'}
        aria-disabled={off !== null}
        data-off={off !== null || undefined}
        {...(off === null ? {} : { 'aria-description': off })}
        onClick={() => {
          if (off === null) onClick?.();
        }}
      >
        {children}
      </Button>
    </Tooltip>
  );
}

interface FormButtonsProps {
  onCancel: () => void;
  /** On the button that sends the form: “Create key”. */
  verb: string;
  pending: boolean;
  /** Why it can’t be sent; null: it can. */
  off?: string | null;
  danger?: boolean;
}

/** What ends a form in a dialog: leaving it as it is, or sending it. */
export const FormButtons = ({ onCancel, verb, pending, off = null, danger = false }: FormButtonsProps) => (
  <Group justify="flex-end">
    <Button variant="default" onClick={onCancel}>
      Cancel
    </Button>
    <ReasonButton type="submit" off={off} loading={pending} {...(danger ? { color: 'red' } : {})}>
      {verb}
    </ReasonButton>
  </Group>
);
