import { Group, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { fromLocalField, toLocalField } from '../../lib/time-filter.ts';
import { Time } from '../../ui/time.tsx';
import { expiryOf, LIVES, type Life } from './expiry.ts';

interface ExpiryFieldProps {
  /** RFC 3339; null: never, empty: still to be typed in. */
  value: string | null;
  onChange: (value: string | null) => void;
  error: string | null;
}

const CHOICES = Object.entries(LIVES).map(([value, { label }]) => ({ value, label }));

/** Chooses when a key expires: after a while, or at a time. */
export function ExpiryField({ value, onChange, error }: ExpiryFieldProps) {
  const [life, setLife] = useState<Life>(value === null ? 'never' : 'at');
  const choose = (next: Life) => {
    setLife(next);
    onChange(next === 'at' ? (value ?? '') : expiryOf(next, new Date()));
  };
  const typed = life === 'at';
  return (
    <Group grow align="flex-start" preventGrowOverflow={false}>
      <Select
        label="Expires"
        data={CHOICES}
        value={life}
        onChange={(next) => next !== null && choose(next as Life)}
        allowDeselect={false}
        checkIconPosition="right"
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        error={typed ? null : error}
        {...(value && !typed ? { description: <Time at={value} absolute /> } : {})}
      />
      {typed && (
        <TextInput
          label="Expires at (local time)"
          type="datetime-local"
          step={1}
          value={toLocalField(value ?? '')}
          onChange={(event) => onChange(fromLocalField(event.currentTarget.value))}
          error={error}
        />
      )}
    </Group>
  );
}
