import { TextInput } from '@mantine/core';

interface NameFieldProps {
  value: string;
  onChange: (name: string) => void;
  error: string | null;
  description?: string;
}

/** What a key is called. */
export const NameField = ({ onChange, ...props }: NameFieldProps) => (
  <TextInput
    {...props}
    label="Name"
    onChange={(event) => onChange(event.currentTarget.value)}
    maxLength={200}
    autoComplete="off"
    required
    data-autofocus
  />
);
