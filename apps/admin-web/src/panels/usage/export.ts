import { readAll } from '../../lib/pages.ts';
import type { CsvTable } from '../../ui/csv-button.tsx';
import type { EventFilter } from './filter.ts';
import { exportReader, type UsageEvent } from './queries.ts';

/** More would make a browser’s tab heavy; it is said when there is more. */
const MOST_ROWS = 100_000;

const COLUMNS = [
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
export async function exportEvents(filter: EventFilter, onProgress: (count: number) => void): Promise<CsvTable> {
  const { rows, complete } = await readAll(exportReader(filter, new Date()), { most: MOST_ROWS, onProgress });
  return { header: [...COLUMNS], rows: rows.map((event) => COLUMNS.map((column) => event[column])), complete };
}
