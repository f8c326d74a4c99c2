import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { RANGES } from '../lib/ranges.ts';
import { fromLocalField, type TimeFilter, timeBounds, timeRangeError, toLocalField } from '../lib/time-filter.ts';

const CHOICES = [
  ...Object.entries(RANGES).map(([value, { label }]) => ({ value, label: `Last ${label === '1 hour' ? 'hour' : label}` })),
  { value: 'all', label: 'Any time' },
  { value: 'custom', label: 'From … to …' },
];

interface TimeFieldsProps {
  value: TimeFilter;
  onChange: (changes: Partial<TimeFilter>) => void;
}

/** Chooses the time of a list: a range up to now, or two ends in local time. */
export function TimeFields({ value, onChange }: TimeFieldsProps) {
  const known = CHOICES.some((choice) => choice.value === value.range);
  return (
    <>
      <Select
        label="Time"
        size="xs"
        w={140}
        data={CHOICES}
        value={known ? value.range : '24h'}
        onChange={(range) => range !== null && onChange(chosen(range, value))}
        allowDeselect={false}
        checkIconPosition="right"
      />
      {value.range === 'custom' && (
        <>
          <EndField label="From (local time)" value={value.from} onChange={(from) => onChange({ from })} />
          <EndField label="To (local time)" value={value.to} onChange={(to) => onChange({ to })} fault={timeRangeError(value)} />
        </>
      )}
    </>
  );
}

/** Two ends begin with those of the range that was chosen before. */
const chosen = (range: string, before: TimeFilter): TimeFilter => ({
  range,
  from: '',
  to: '',
  ...(range === 'custom' ? timeBounds(before, new Date()) : {}),
});

interface EndFieldProps {
  label: string;
  /** RFC 3339. */
  value: string;
  onChange: (value: string) => void;
  fault?: string | null;
}

/** One end of a range, taken when the field is left or on Enter: while a year is typed it is one of antiquity. */
function EndField({ label, value, onChange, fault = null }: EndFieldProps) {
  const [text, setText] = useState(toLocalField(value));
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    setText(toLocalField(value));
  }
  const take = () => {
    const next = fromLocalField(text);
    if (next !== value) onChange(next);
  };
  return (
    <TextInput
      label={label}
      size="xs"
      type="datetime-local"
      value={text}
      error={fault}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === 'Enter' && take()}
    />
  );
}
