import * as sdk from '@api-factory/sdk-ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { type ListOptions, printList } from './list.ts';
import { defined } from './operator-client.ts';
import { type Columns, table } from './table.ts';
import { outJson, type Terminal } from './terminal.ts';

type SummaryQuery = NonNullable<sdk.SummarizeUsageData['query']>;
type SummaryRow = sdk.SummarizeUsageResponse['data']['rows'][number];
type UsageEvent = sdk.ListUsageEventsResponse['data'][number];

export interface UsageOptions extends ConnectionOptions, Pick<SummaryQuery, 'from' | 'to' | 'api'> {
  /** Comma-separated ids. */
  key?: string;
  groupBy: NonNullable<SummaryQuery['groupBy']>;
  bucket: NonNullable<SummaryQuery['bucket']>;
}

/** Prints totals from the roll-ups. Counts of refused calls go to standard error. */
export async function showUsage(options: UsageOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { from, to, key: keyIds, api, groupBy, bucket } = options;
  const { data } = await sdk.summarizeUsage({ client, query: { ...defined({ from, to, keyIds, api }), groupBy, bucket } });
  const { rows, refusals } = data.data;
  if (options.json) return outJson(terminal, data.data);
  terminal.out(
    table(rows, {
      [bucket.toUpperCase()]: (row) => row.bucket,
      ...GROUP_COLUMNS[groupBy],
      CALLS: (row) => row.calls,
      UNITS: (row) => row.units,
      'BYTES IN': (row) => row.requestBytes,
      'BYTES OUT': (row) => row.responseBytes,
      'MEAN (ms)': (row) => Math.round(row.avgDurationMs * 100) / 100,
    }),
  );
  // Refusals are not recorded by API.
  for (const { code, count } of refusals) terminal.say(`${count} refused with ${code}${api === undefined ? '' : ', over all APIs'}`);
}

const GROUP_COLUMNS: Record<UsageOptions['groupBy'], Columns<SummaryRow>> = {
  key: { KEY: (row) => row.keyId },
  route: { API: (row) => row.api, ROUTE: (row) => row.route },
  // As text, so that it isn't aligned like a quantity.
  status: { STATUS: (row) => String(row.status) },
};

export const listUsageEvents = ({ key: keyId, ...options }: ListOptions, terminal: Terminal): Promise<void> =>
  printList({ list: sdk.listUsageEvents, columns: EVENT_COLUMNS }, { ...options, ...defined({ keyId }) }, terminal);

const EVENT_COLUMNS: Columns<UsageEvent> = {
  TIME: (event) => event.ts,
  KEY: (event) => event.keyId,
  API: (event) => event.api,
  METHOD: (event) => event.method,
  ROUTE: (event) => event.route,
  STATUS: (event) => String(event.status),
  UNITS: (event) => event.cost,
  MS: (event) => Math.round(event.durationMs * 100) / 100,
  REQUEST: (event) => event.requestId,
};
