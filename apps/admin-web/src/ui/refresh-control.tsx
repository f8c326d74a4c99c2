import { Group, Select, Switch } from '@mantine/core';

/** Values in ms. */
const INTERVALS = [
  { value: '2000', label: 'Every 2 s' },
  { value: '5000', label: 'Every 5 s' },
  { value: '15000', label: 'Every 15 s' },
  { value: '60000', label: 'Every minute' },
];

interface RefreshControlProps {
  /** Interval in ms, or `off`, as in the URL. */
  value: string;
  onChange: (value: string) => void;
  defaultValue?: string;
}

/** The value of a `RefreshControl` in ms; false: off. */
export const refreshMs = (value: string): number | false => {
  const ms = Number(value);
  return Number.isInteger(ms) && ms >= 1_000 ? ms : false;
};

/** Turns automatic refresh on and off, and selects its interval. */
export function RefreshControl({ value, onChange, defaultValue = '5000' }: RefreshControlProps) {
  const on = refreshMs(value) !== false;
  return (
    <Group gap="xs">
      <Switch label="Auto-refresh" checked={on} onChange={(event) => onChange(event.currentTarget.checked ? defaultValue : 'off')} />
      <Select
        aria-label="Refresh interval"
        size="xs"
        w={130}
        data={INTERVALS}
        value={on ? value : defaultValue}
        onChange={(next) => next !== null && onChange(next)}
        allowDeselect={false}
        checkIconPosition="right"
      />
    </Group>
  );
}
