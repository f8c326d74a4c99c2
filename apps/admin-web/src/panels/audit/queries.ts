import { type ListAuditResponses, listAudit } from '@api-factory/sdk-ts';
import { firstNonEmptyPage, type ListPage, type PageRequest, readAll } from '../../lib/pages.ts';
import type { TimeBounds } from '../../lib/time-filter.ts';
import type { CsvTable } from '../../ui/csv-button.tsx';
import { type AuditFilter, auditQuery } from './filter.ts';

export type Entry = ListAuditResponses['200']['data'][number];

const PAGE = 100;
const EXPORT_PAGE = 1_000;
const MOST_EXPORTED = 100_000;

export const entriesKey = (filter: AuditFilter) => ['audit', 'entries', filter] as const;
export const LINKED_KEY = ['audit', 'entry'] as const;

/** One page, newest first. */
export async function readEntries(filter: AuditFilter, page: PageRequest): Promise<ListPage<Entry>> {
  const { signal, ...cursor } = page;
  return (await listAudit({ query: { ...auditQuery(filter, new Date()), ...cursor, limit: PAGE }, signal, throwOnError: true })).data;
}

export async function readEntriesBetween(bounds: TimeBounds, signal: AbortSignal): Promise<Entry[]> {
  const read = async ({ cursor }: { cursor?: string }) =>
    (await listAudit({ query: { ...bounds, limit: EXPORT_PAGE, ...(cursor ? { cursor } : {}) }, signal, throwOnError: true })).data;
  return (await firstNonEmptyPage<Entry>(read, { signal })).data;
}

/** Every matching entry, for a CSV file. */
export async function exportEntries(filter: AuditFilter, onProgress: (count: number) => void): Promise<CsvTable> {
  const query = { ...auditQuery(filter, new Date()), limit: EXPORT_PAGE };
  const read = async (page: { cursor?: string }) => (await listAudit({ query: { ...query, ...page }, throwOnError: true })).data;
  const { rows, complete } = await readAll<Entry>(read, { most: MOST_EXPORTED, onProgress });
  return {
    header: ['at', 'id', 'actor', 'action', 'objectType', 'objectId', 'details', 'requestId'],
    rows: rows.map((entry) => [
      entry.at,
      entry.id,
      entry.actor,
      entry.action,
      entry.objectType,
      entry.objectId,
      JSON.stringify(entry.details),
      entry.requestId,
    ]),
    complete,
  };
}

const MOST_SUMMARIZED = 3;

/** The first details of an entry, on one line: “name: web, plan: pro”. */
export function detailsSummary(details: Record<string, unknown>): string {
  const entries = Object.entries(details);
  const shown = entries
    .slice(0, MOST_SUMMARIZED)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return entries.length > MOST_SUMMARIZED ? `${shown.join(', ')} …` : shown.join(', ');
}
