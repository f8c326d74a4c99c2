import type { Static } from 'typebox';
import type { Context } from '../../context.ts';
import type { Api } from '../../http/api.ts';
import { Answer, answer, ListAnswer, listAnswer } from '../../http/envelope.ts';
import { invalid } from '../../http/errors.ts';
import { ById } from '../../http/fields.ts';
import { operation, problems } from '../../http/operation.ts';
import { pageRequest } from '../../http/page.ts';
import { readRange } from '../../http/time.ts';
import { actorOf } from '../../operators/authenticate.ts';
import { changeRecord } from '../../transaction/change.ts';
import { discardQuarantined, retryQuarantined } from '../ingest/quarantine-change.ts';
import { presentEvent, presentQuarantined, presentRefusal, presentSum, totalsOf } from './present.ts';
import { statusRange, summaryRange } from './range.ts';
import { EventsQuery, QuarantinedView, QuarantineOutcomeView, QuarantineQuery, Summary, SummaryQuery, UsageEventView } from './schema.ts';
import { listEvents, listQuarantined, sumRefusals, sumUp } from './store.ts';

/** A summary is a chart or a table, not an export. */
const MOST_ROWS = 10_000;

const EVENTS = {
  ...operation('listUsageEvents', 'usage', 'List answered calls, newest first'),
  querystring: EventsQuery,
  response: { 200: ListAnswer(UsageEventView), ...problems('VALIDATION_FAILED') },
};
const SUMMARY = {
  ...operation('summarizeUsage', 'usage', 'Aggregate calls, units and bytes over time'),
  querystring: SummaryQuery,
  response: { 200: Answer(Summary), ...problems('VALIDATION_FAILED') },
};
const QUARANTINE = {
  ...operation('listQuarantinedUsage', 'usage', 'List usage records that could not be stored, newest first'),
  querystring: QuarantineQuery,
  response: { 200: ListAnswer(QuarantinedView), ...problems('VALIDATION_FAILED') },
};
const RETRY = {
  ...operation('retryQuarantinedUsage', 'usage', 'Retry a quarantined usage record; it is stored at most once'),
  params: ById,
  response: { 200: Answer(QuarantineOutcomeView), ...problems('VALIDATION_FAILED', 'NOT_FOUND', 'CONFLICT') },
};
const DISCARD = {
  ...operation('discardQuarantinedUsage', 'usage', 'Discard a quarantined usage record permanently'),
  params: ById,
  response: { 200: Answer(QuarantineOutcomeView), ...problems('VALIDATION_FAILED', 'NOT_FOUND', 'CONFLICT') },
};

/** Usage events, totals from the roll-ups, and quarantined records. */
export async function usageRoutes(app: Api, context: Context): Promise<void> {
  const { db } = context;

  app.get('/usage/events', { schema: EVENTS }, async (request) => {
    const { status, ...query } = request.query;
    const filter = { ...query, ...readRange(query), ...(status ? { status: statusRange(status) } : {}) };
    return listAnswer(request, await listEvents(db, filter, pageRequest(query)), presentEvent);
  });

  app.get('/usage/summary', { schema: SUMMARY }, async (request) => answer(request, await summarize(context, request.query)));

  app.get('/usage/quarantine', { schema: QUARANTINE }, async (request) =>
    listAnswer(request, await listQuarantined(db, pageRequest(request.query)), presentQuarantined),
  );

  app.post('/usage/quarantine/:id/retry', { schema: RETRY }, async (request) =>
    answer(request, await changeRecord(context, actorOf(request), (write) => retryQuarantined(write, request.params.id))),
  );

  app.post('/usage/quarantine/:id/discard', { schema: DISCARD }, async (request) =>
    answer(request, await changeRecord(context, actorOf(request), (write) => discardQuarantined(write, request.params.id))),
  );
}

async function summarize({ db, clock }: Context, query: Static<typeof SummaryQuery>): Promise<Static<typeof Summary>> {
  const { bucket = 'hour', groupBy = null, keyIds, ...filter } = query;
  const range = summaryRange(query, bucket, clock.now());
  const request = { ...filter, ...range, ...(keyIds ? { keyIds: keyIds.split(',') } : {}), bucket, groupBy, limit: MOST_ROWS + 1 };
  const [sums, refused] = [await sumUp(db, request), await sumRefusals(db, request)];
  if (Math.max(sums.length, refused.length) > MOST_ROWS)
    throw invalid('#/query/bucket', `would return more than ${MOST_ROWS} rows: choose a larger bucket or a shorter range`);
  return {
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    bucket,
    groupBy,
    rows: sums.map(presentSum),
    refusals: totalsOf(refused),
    refusalRows: refused.map(presentRefusal),
  };
}
