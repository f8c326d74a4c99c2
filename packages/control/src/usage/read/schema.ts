import { type Static, Type } from 'typebox';
import { CLOSED, Id, Slug, stringEnum, Timestamp } from '../../http/fields.ts';
import { PAGE_FIELDS } from '../../http/page.ts';

const Count = Type.Integer({ minimum: 0 });

/** One answered call. */
export const UsageEventView = Type.Object({
  id: Type.String(),
  ts: Type.String({ format: 'date-time', description: 'when the call was admitted' }),
  entitlementId: Type.String(),
  periodId: Type.String(),
  keyId: Type.String(),
  consumerId: Type.Union([Type.String(), Type.Null()]),
  api: Type.String(),
  method: Type.String(),
  route: Type.String({ description: 'path template' }),
  status: Type.Integer(),
  cost: Type.Integer({ minimum: 0, description: 'units charged' }),
  requestBytes: Count,
  responseBytes: Count,
  durationMs: Type.Number(),
  requestId: Type.String(),
  outcome: Type.String({ description: '`complete`, or `aborted` when a stream did not reach its end, or has not reached it yet' }),
});
export type UsageEventView = Static<typeof UsageEventView>;

const RANGE_FIELDS = {
  from: Type.Optional(Timestamp),
  to: Type.Optional(Timestamp),
};

export const EventsQuery = Type.Object(
  {
    ...PAGE_FIELDS,
    ...RANGE_FIELDS,
    keyId: Type.Optional(Id),
    api: Type.Optional(Slug),
    status: Type.Optional(
      Type.String({ pattern: '^[1-5]([0-9]{2}|xx)$', description: 'a status such as `429`, or a class of them such as `4xx`' }),
    ),
  },
  CLOSED,
);

const GROUPS = ['key', 'route', 'status'] as const;
export type Group = (typeof GROUPS)[number];
const BUCKETS = ['minute', 'hour', 'day'] as const;
export type Bucket = (typeof BUCKETS)[number];

/** So many keys stand on one page of a list. */
const KeyIds = Type.String({
  pattern: '^[^\\u0000-\\u0020\\u007f,]{1,100}(,[^\\u0000-\\u0020\\u007f,]{1,100}){0,99}$',
  description: '1 to 100 ids of keys with commas between them',
});

export const SummaryQuery = Type.Object(
  {
    ...RANGE_FIELDS,
    keyId: Type.Optional(Id),
    keyIds: Type.Optional(KeyIds),
    api: Type.Optional(Slug),
    groupBy: Type.Optional(stringEnum(GROUPS, { description: 'one row per bucket when absent' })),
    bucket: Type.Optional(stringEnum(BUCKETS, { default: 'hour', description: 'minutes are kept 48 hours, hours 90 days, days for good' })),
  },
  CLOSED,
);

export const SummaryRow = Type.Object({
  bucket: Type.String({ format: 'date-time', description: 'its beginning' }),
  keyId: Type.Optional(Type.String()),
  api: Type.Optional(Type.String()),
  route: Type.Optional(Type.String()),
  status: Type.Optional(Type.Integer()),
  calls: Count,
  units: Count,
  requestBytes: Count,
  responseBytes: Count,
  avgDurationMs: Type.Number(),
});
export type SummaryRow = Static<typeof SummaryRow>;

const RefusalRow = Type.Object({
  bucket: Type.String({ format: 'date-time', description: 'its beginning' }),
  code: Type.String(),
  count: Count,
});
export type RefusalRow = Static<typeof RefusalRow>;

export const Summary = Type.Object({
  from: Type.String({ format: 'date-time', description: 'beginning of the first bucket' }),
  to: Type.String({ format: 'date-time', description: 'not included' }),
  bucket: Type.String(),
  groupBy: Type.Union([Type.String(), Type.Null()]),
  rows: Type.Array(SummaryRow),
  refusals: Type.Array(Type.Object({ code: Type.String(), count: Count }), {
    description: 'refused calls, of the named keys and of every api; they are no calls and cost nothing',
  }),
  refusalRows: Type.Array(RefusalRow, { description: 'the same, in each bucket; those of the last 90 days' }),
});

export const QuarantineQuery = Type.Object(PAGE_FIELDS, CLOSED);

/** A record that the database refused. */
export const QuarantinedView = Type.Object({
  id: Type.String(),
  at: Type.String({ format: 'date-time' }),
  gatewayId: Type.String(),
  reason: Type.String(),
  record: Type.Object({}, { additionalProperties: true }),
});

/** What became of a record that was retried or discarded. */
export const QuarantineOutcomeView = Type.Object({
  id: Type.String(),
  outcome: stringEnum(['stored', 'refused', 'discarded'], { description: '`refused`: the database refuses it still, and it stays' }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'why it was refused' }),
});
