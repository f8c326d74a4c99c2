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
  outcome: Type.String({ description: '`complete`, or `aborted` for a stream that did not reach its end, or is still running' }),
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
      Type.String({ pattern: '^[1-5]([0-9]{2}|xx)$', description: 'a status such as `429`, or a class such as `4xx`' }),
    ),
  },
  CLOSED,
);

const GROUPS = ['key', 'route', 'status'] as const;
export type Group = (typeof GROUPS)[number];
const BUCKETS = ['minute', 'hour', 'day'] as const;
export type Bucket = (typeof BUCKETS)[number];

/** As many keys as fit on a page of the list. */
const KeyIds = Type.String({
  pattern: '^[^\\u0000-\\u0020\\u007f,]{1,100}(,[^\\u0000-\\u0020\\u007f,]{1,100}){0,99}$',
  description: '1 to 100 key ids, separated by commas',
});

export const SummaryQuery = Type.Object(
  {
    ...RANGE_FIELDS,
    keyId: Type.Optional(Id),
    keyIds: Type.Optional(KeyIds),
    api: Type.Optional(Slug),
    groupBy: Type.Optional(stringEnum(GROUPS, { description: 'default: one row per bucket' })),
    bucket: Type.Optional(
      stringEnum(BUCKETS, { default: 'hour', description: 'minutes are kept for 48 hours, hours for 90 days, days forever' }),
    ),
  },
  CLOSED,
);

export const SummaryRow = Type.Object({
  bucket: Type.String({ format: 'date-time', description: 'start of the bucket' }),
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
  bucket: Type.String({ format: 'date-time', description: 'start of the bucket' }),
  code: Type.String(),
  count: Count,
});
export type RefusalRow = Static<typeof RefusalRow>;

export const Summary = Type.Object({
  from: Type.String({ format: 'date-time', description: 'start of the first bucket' }),
  to: Type.String({ format: 'date-time', description: 'exclusive' }),
  bucket: Type.String(),
  groupBy: Type.Union([Type.String(), Type.Null()]),
  rows: Type.Array(SummaryRow),
  refusals: Type.Array(Type.Object({ code: Type.String(), count: Count }), {
    description: 'refused calls of the selected keys, over all APIs; they are not counted as calls and not charged',
  }),
  refusalRows: Type.Array(RefusalRow, { description: 'the same per bucket, for the last 90 days' }),
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

/** The outcome of a retry or discard. */
export const QuarantineOutcomeView = Type.Object({
  id: Type.String(),
  outcome: stringEnum(['stored', 'refused', 'discarded'], {
    description: '`refused`: the database still refuses it, and it stays in quarantine',
  }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'why it was refused' }),
});
