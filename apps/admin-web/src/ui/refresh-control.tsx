import { Group, Select, Switch } from '@mantine/core';

/** Intervals that can be chosen, in ms. */
const INTERVALS = [
  { value: '2000', label: 'every 2 s' },
  { value: '5000', label: 'every 5 s' },
  { value: '15000', label: 'every 15 s' },
  { value: '60000', label: 'every minute' },
];

interface RefreshControlProps {
  /** In ms as text; `off`: not by itself. Fits `useUrlState`. */
  value: string;
  onChange: (value: string) => void;
  byDefault?: string;
}

/** The interval that a `RefreshControl`’s value means. */
export const refreshMs = (value: string): number | false => {
  const ms = Number(value);
  return Number.isInteger(ms) && ms >= 1_000 ? ms : false;
};

/** A switch and an interval for what refreshes by itself. */
export function RefreshControl({ value, onChange, byDefault = '5000' }: RefreshControlProps) {
  const on = refreshMs(value) !== false;
  return (
    <Group gap="xs">
      <Switch label="Refresh" checked={on} onChange={(event) => onChange(event.currentTarget.checked ? byDefault : 'off')} />
      <Select
        aria-label="Refresh interval"
        size="xs"
        w={130}
        data={INTERVALS}
        value={on ? value : byDefault}
        onChange={(next) => next !== null && onChange(next)}
        allowDeselect={false}
        checkIconPosition="right"
      />
    </Group>
  );
}
