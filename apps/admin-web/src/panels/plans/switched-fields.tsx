import { Fieldset, Stack, Switch } from '@mantine/core';
import type { ReactNode } from 'react';

interface SwitchedFieldsProps {
  legend: string;
  /** Of the switch. */
  label: string;
  description?: ReactNode;
  on: boolean;
  onSwitch: (on: boolean) => void;
  /** Whether the switch leaves something to be filled in. */
  shown: boolean;
  children: ReactNode;
}

/** A part of the form that a switch opens or closes. */
export const SwitchedFields = ({ legend, label, description, on, onSwitch, shown, children }: SwitchedFieldsProps) => (
  <Fieldset legend={legend}>
    <Stack gap="sm">
      <Switch label={label} description={description} checked={on} onChange={(event) => onSwitch(event.currentTarget.checked)} />
      {shown && children}
    </Stack>
  </Fieldset>
);
