import { SegmentedControl } from '@mantine/core';
import { RANGES } from '../lib/ranges.ts';

/** Selects a time range by its name in the URL. */
export const RangePicker = ({ value, onChange }: { value: string; onChange: (value: string) => void }) => (
  <SegmentedControl
    aria-label="Time range"
    size="xs"
    data={Object.entries(RANGES).map(([name, { label }]) => ({ value: name, label }))}
    value={value in RANGES ? value : '24h'}
    onChange={onChange}
  />
);
