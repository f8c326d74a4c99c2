import { type ConnectionOptions, connect } from './connection.ts';
import { table } from './table.ts';
import { outJson, type Terminal } from './terminal.ts';

export interface UsageOptions extends ConnectionOptions {
  from?: string;
  to?: string;
  groupBy: 'key' | 'route' | 'status';
  bucket: 'minute' | 'hour' | 'day';
}

/** One bucket and group of the summary. */
type Row = { bucket: string; calls: number; units: number; requestBytes: number; responseBytes: number; avgDurationMs: number } & Record<
  string,
  string | number
>;

/** What `/usage/summary` answers: the sums of answered calls, and how many calls were refused. */
interface Summary {
  rows: Row[];
  refusals: { code: string; count: number }[];
}

/** Sums from the roll-ups. Refused calls are not among them; they are told apart. */
export async function showUsage(options: UsageOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { from, to, groupBy, bucket } = options;
  const { data } = await client.get<Summary>('/usage/summary', { from, to, groupBy, bucket });
  if (options.json) return outJson(terminal, data);
  terminal.out(
    table(data.rows, {
      [bucket.toUpperCase()]: (row) => row.bucket,
      ...groupColumns(groupBy),
      CALLS: (row) => row.calls,
      UNITS: (row) => row.units,
      'BYTES IN': (row) => row.requestBytes,
      'BYTES OUT': (row) => row.responseBytes,
      'MEAN (ms)': (row) => Math.round(row.avgDurationMs * 100) / 100,
    }),
  );
  for (const { code, count } of data.refusals) terminal.say(`${count} refused with ${code}`);
}

function groupColumns(groupBy: UsageOptions['groupBy']): Record<string, (row: Row) => string | number | undefined> {
  if (groupBy === 'status') return { STATUS: (row) => String(row.status) };
  if (groupBy === 'key') return { KEY: (row) => row.keyId };
  return { API: (row) => row.api, ROUTE: (row) => row.route };
}
