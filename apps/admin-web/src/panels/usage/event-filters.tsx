import { Button, Group, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CsvButton } from '../../ui/csv-button.tsx';
import { ObjectSelect } from '../../ui/object-select.tsx';
import { TextFilter } from '../../ui/text-filter.tsx';
import { TimeFields } from '../../ui/time-fields.tsx';
import { exportEvents } from './export.ts';
import { type EventFilter, faultOfApi, faultOfStatus, isNarrowed, NO_FILTER } from './filter.ts';
import { readApis } from './queries.ts';

const STATUSES = ['2xx', '4xx', '5xx', '200', '400', '404', '429', '500', '502', '504'];

interface EventFiltersProps {
  filter: EventFilter;
  onChange: (changes: Partial<EventFilter>) => void;
  /** null: the range has ended, nothing can come. */
  live: boolean | null;
  onLive: (on: boolean) => void;
}

/** Chooses which events are shown, and exports them. */
export function EventFilters({ filter, onChange, live, onLive }: EventFiltersProps) {
  const apis = useQuery({ queryKey: ['usage', 'apis'], queryFn: ({ signal }) => readApis(signal), staleTime: 60_000 });
  return (
    <Group justify="space-between" align="flex-end" gap="sm">
      <Group gap="xs" align="flex-start">
        <ObjectSelect type="key" label="Key" placeholder="Any" size="xs" w={190} value={filter.key} onChange={(key) => onChange({ key })} />
        <TextFilter
          label="Api"
          value={filter.api}
          onChange={(api) => onChange({ api })}
          options={apis.data ?? []}
          check={faultOfApi}
          placeholder="Any"
          width={130}
        />
        <TextFilter
          label="Status"
          value={filter.status}
          onChange={(status) => onChange({ status })}
          options={STATUSES}
          check={faultOfStatus}
          placeholder="Any"
          width={110}
        />
        <TimeFields value={filter} onChange={onChange} />
        {isNarrowed(filter) && (
          <Button variant="subtle" size="xs" mt={25} onClick={() => onChange(NO_FILTER)}>
            Clear filters
          </Button>
        )}
      </Group>
      <Group gap="md">
        {live !== null && <Switch label="Live" checked={live} onChange={(event) => onLive(event.currentTarget.checked)} />}
        <CsvButton fileName="usage-events.csv" table={(onProgress) => exportEvents(filter, onProgress)} />
      </Group>
    </Group>
  );
}
