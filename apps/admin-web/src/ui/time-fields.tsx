import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { RANGES } from '../lib/ranges.ts';
import { fromLocalField, type TimeFilter, timeBounds, timeRangeError, toLocalField } from '../lib/time-filter.ts';

const CHOICES = [
  ...Object.entries(RANGES).map(([value, { label }]) => ({ value, label: `Last ${label === '1 hour' ? 'hour' : label}` })),
  { value: 'all', label: 'Any time' },
  { value: 'custom', label: 'Custom range' },
];

interface TimeFieldsProps {
  value: TimeFilter;
  onChange: (changes: Partial<TimeFilter>) => void;
}

/** Selects a time filter: a range up to now, or two bounds in local time. */
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
        onChange={(range) => range !== null && onChange(selected(range, value))}
        allowDeselect={false}
        checkIconPosition="right"
      />
      {value.range === 'custom' && (
        <>
          <BoundField label="From (local time)" value={value.from} onChange={(from) => onChange({ from })} />
          <BoundField label="To (local time)" value={value.to} onChange={(to) => onChange({ to })} error={timeRangeError(value)} />
        </>
      )}
    </>
  );
}

/** A custom range starts with the bounds of the previously selected range. */
const selected = (range: string, before: TimeFilter): TimeFilter => ({
  range,
  from: '',
  to: '',
  ...(range === 'custom' ? timeBounds(before, new Date()) : {}),
});

interface BoundFieldProps {
  label: string;
  /** RFC 3339. */
  value: string;
  onChange: (value: string) => void;
  error?: string | null;
}

/** One bound, applied on blur or Enter: a partially typed year is a valid date, such as year 20. */
function BoundField({ label, value, onChange, error = null }: BoundFieldProps) {
  const [text, setText] = useState(toLocalField(value));
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    setText(toLocalField(value));
  }
  const apply = () => {
    const next = fromLocalField(text);
    if (next !== value) onChange(next);
  };
  return (
    <TextInput
      label={label}
      size="xs"
      type="datetime-local"
      value={text}
      error={error}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={apply}
      onKeyDown={(event) => event.key === 'Enter' && apply()}
    />
  );
}
