import type { Context } from '../context.ts';
import { Answer, answer, ListAnswer, listAnswer } from '../http/answer.ts';
import type { Api } from '../http/api.ts';
import { operation, problems } from '../http/operation.ts';
import { pageRequest } from '../http/page.ts';
import { invalid } from '../http/refuse.ts';
import { readRange, summaryRange } from './range.ts';
import { type EventRow, listEvents, listQuarantined, type QuarantinedRow, type SumRow, sumRefusals, sumUp } from './read-store.ts';
import { EventsQuery, QuarantinedView, QuarantineQuery, Summary, SummaryQuery, type SummaryRow, UsageEventView } from './schema.ts';

/** A summary is a chart or a table, not an export. */
const MOST_ROWS = 10_000;

/** What was used: single calls, sums from the roll-ups, and records that could not be stored. */
export async function usageRoutes(app: Api, context: Context): Promise<void> {
  const { db, clock } = context;
  app.get(
    '/usage/events',
    {
      schema: {
        ...operation('listUsageEvents', 'usage', 'List answered calls, newest first'),
        querystring: EventsQuery,
        response: { 200: ListAnswer(UsageEventView), ...problems('VALIDATION_FAILED') },
      },
    },
    async (request) => {
      const { keyId, api, status, ...query } = request.query;
      const filter = { ...readRange(query), ...(keyId ? { keyId } : {}), ...(api ? { api } : {}), ...(status ? { status } : {}) };
      return listAnswer(request, await listEvents(db, filter, pageRequest(query)), presentEvent);
    },
  );

  app.get(
    '/usage/summary',
    {
      schema: {
        ...operation('summarizeUsage', 'usage', 'Sum up calls, units and bytes over time'),
        querystring: SummaryQuery,
        response: { 200: Answer(Summary), ...problems('VALIDATION_FAILED') },
      },
    },
    async (request) => {
      const { bucket = 'hour', groupBy = null, ...query } = request.query;
      const range = summaryRange(query, bucket, clock.now());
      const sums = await sumUp(db, { ...range, bucket, groupBy, limit: MOST_ROWS + 1 });
      if (sums.length > MOST_ROWS)
        throw invalid('#/query/bucket', `would give over ${MOST_ROWS} rows: choose a coarser one or a shorter range`);
      const refusals = await sumRefusals(db, range);
      const [from, to] = [range.from.toISOString(), range.to.toISOString()];
      return answer(request, { from, to, bucket, groupBy, rows: sums.map(presentSum), refusals });
    },
  );

  app.get(
    '/usage/quarantine',
    {
      schema: {
        ...operation('listQuarantinedUsage', 'usage', 'List usage records that could not be stored, newest first'),
        querystring: QuarantineQuery,
        response: { 200: ListAnswer(QuarantinedView), ...problems('VALIDATION_FAILED') },
      },
    },
    async (request) => listAnswer(request, await listQuarantined(db, pageRequest(request.query)), presentQuarantined),
  );
}

const presentEvent = (row: EventRow): UsageEventView => ({
  id: row.id,
  ts: row.ts.toISOString(),
  entitlementId: row.entitlement_id,
  periodId: row.period_id,
  keyId: row.key_id,
  consumerId: row.consumer_id,
  api: row.api,
  method: row.method,
  route: row.route,
  status: row.status,
  cost: row.cost,
  requestBytes: row.request_bytes,
  responseBytes: row.response_bytes,
  durationMs: row.duration_ms,
  requestId: row.request_id,
  outcome: row.outcome,
});

const presentSum = (row: SumRow): SummaryRow => ({
  bucket: row.bucket.toISOString(),
  ...('key_id' in row ? { keyId: row.key_id } : {}),
  ...('api' in row ? { api: row.api } : {}),
  ...('route' in row ? { route: row.route } : {}),
  ...('status' in row ? { status: row.status } : {}),
  calls: row.calls,
  units: row.units,
  requestBytes: row.request_bytes,
  responseBytes: row.response_bytes,
  avgDurationMs: row.calls === 0 ? 0 : row.duration_ms / row.calls,
});

const presentQuarantined = (row: QuarantinedRow) => ({
  id: String(row.id),
  at: row.at.toISOString(),
  gatewayId: row.gateway_id,
  reason: row.reason,
  record: row.record as Record<string, unknown>,
});
