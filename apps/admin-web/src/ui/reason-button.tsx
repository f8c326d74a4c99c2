import { Button, type ButtonProps, Group, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';

interface ReasonButtonProps extends Omit<ButtonProps, 'disabled'> {
  /** Why the button is disabled: “Out of quota, resets Dec 1”. null: it is enabled. */
  disabledReason: string | null;
  onClick?: () => void;
  type?: 'button' | 'submit';
  children: ReactNode;
}

/**
 * A button that explains why it is disabled. It uses `aria-disabled` and a tooltip, because a
 * `disabled` button can’t take the focus.
 */
export function ReasonButton({ disabledReason, onClick, type = 'button', children, ...props }: ReasonButtonProps) {
  return (
    <Tooltip
      label={disabledReason}
      disabled={disabledReason === null}
      events={{ hover: true, focus: true, touch: true }}
      multiline
      maw={280}
    >
      <Button
        {...props}
        type={disabledReason === null ? type : 'button'}
        aria-disabled={disabledReason !== null}
        data-disabled-reason={disabledReason !== null || undefined}
        {...(disabledReason === null ? {} : { 'aria-description': disabledReason })}
        onClick={() => {
          if (disabledReason === null) onClick?.();
        }}
      >
        {children}
      </Button>
    </Tooltip>
  );
}

interface FormButtonsProps {
  onCancel: () => void;
  /** Label of the submit button: “Create key”. */
  verb: string;
  pending: boolean;
  /** Why the form can’t be submitted; null: it can. */
  disabledReason?: string | null;
  danger?: boolean;
}

/** Cancel and submit buttons of a form in a dialog. */
export const FormButtons = ({ onCancel, verb, pending, disabledReason = null, danger = false }: FormButtonsProps) => (
  <Group justify="flex-end">
    <Button variant="default" onClick={onCancel}>
      Cancel
    </Button>
    <ReasonButton type="submit" disabledReason={disabledReason} loading={pending} {...(danger ? { color: 'red' } : {})}>
      {verb}
    </ReasonButton>
  </Group>
);
