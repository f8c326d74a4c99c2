import { Button, Group, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { readAll } from '../../lib/pages.ts';
import { CsvButton, type CsvTable } from '../../ui/csv-button.tsx';
import { ObjectSelect } from '../../ui/object-select.tsx';
import { TextFilter } from '../../ui/text-filter.tsx';
import { TimeFields } from '../../ui/time-fields.tsx';
import { apiNameError, type EventFilter, isNarrowed, NO_FILTER, statusError } from './filter.ts';
import { exportReader, readApis, type UsageEvent } from './queries.ts';

const STATUS_OPTIONS = ['2xx', '4xx', '5xx', '200', '400', '404', '429', '500', '502', '504'];

interface EventFiltersProps {
  filter: EventFilter;
  onChange: (changes: Partial<EventFilter>) => void;
  /** null: the range has ended, so there are no new events. */
  live: boolean | null;
  onLive: (on: boolean) => void;
}

/** The filters of the event list, and its export. */
export function EventFilters({ filter, onChange, live, onLive }: EventFiltersProps) {
  const apis = useQuery({ queryKey: ['usage', 'apis'], queryFn: ({ signal }) => readApis(signal), staleTime: 60_000 });
  return (
    <Group justify="space-between" align="flex-end" gap="sm">
      <Group gap="xs" align="flex-start">
        <ObjectSelect type="key" label="Key" placeholder="Any" size="xs" w={190} value={filter.key} onChange={(key) => onChange({ key })} />
        <TextFilter
          label="API"
          value={filter.api}
          onChange={(api) => onChange({ api })}
          options={apis.data ?? []}
          check={apiNameError}
          placeholder="Any"
          width={130}
        />
        <TextFilter
          label="Status"
          value={filter.status}
          onChange={(status) => onChange({ status })}
          options={STATUS_OPTIONS}
          check={statusError}
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

/** More rows would slow down the browser. */
const MAX_ROWS = 100_000;

const CSV_COLUMNS = [
  'ts',
  'id',
  'keyId',
  'consumerId',
  'api',
  'method',
  'route',
  'status',
  'outcome',
  'cost',
  'durationMs',
  'requestBytes',
  'responseBytes',
  'requestId',
  'entitlementId',
  'periodId',
] as const satisfies (keyof UsageEvent)[];

/** All events of a filter as a table. */
async function exportEvents(filter: EventFilter, onProgress: (count: number) => void): Promise<CsvTable> {
  const { rows, complete } = await readAll(exportReader(filter, new Date()), { most: MAX_ROWS, onProgress });
  return { header: [...CSV_COLUMNS], rows: rows.map((event) => CSV_COLUMNS.map((column) => event[column])), complete };
}
