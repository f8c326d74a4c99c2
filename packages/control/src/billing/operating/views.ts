import { type Static, Type } from 'typebox';
import { CLOSED, Id, nullable, stringEnum } from '../../http/fields.ts';
import { PAGE_FIELDS } from '../../http/page.ts';
import type { ReconcileReport } from '../engine/jobs.ts';
import type { DisputeRow } from '../store/disputes.ts';
import type { listDrift } from '../store/drift.ts';
import type { EventRow } from '../store/event-list.ts';
import type { listFlags } from '../store/flags.ts';
import type { SubscriptionListRow } from '../store/subscriptions.ts';

const Time = Type.String({ format: 'date-time' });
const TimeOrNull = nullable(Time);
const TextOrNull = nullable(Type.String());

export const BILLING_MODES = ['off', 'sandbox', 'test', 'live'] as const;
export const EVENT_STATES = ['pending', 'done', 'ignored', 'dead'] as const;
export const ACCESSES = ['active', 'grace', 'suspended', 'revoked', 'none'] as const;

export const ReconcileView = Type.Object({
  startedAt: Time,
  finishedAt: nullable({ ...Time, description: 'null while it runs' }),
  events: Type.Integer({ description: 'Stripe events that were missing from the inbox' }),
  customers: Type.Integer({ description: 'customers synced so far' }),
  total: Type.Integer(),
  drift: Type.Integer({ description: 'customers whose stored state differed from Stripe with no event pending' }),
  error: TextOrNull,
});
export type ReconcileView = Static<typeof ReconcileView>;

const WebhookView = Type.Object({
  secrets: Type.Integer({ description: 'number of configured signing secrets' }),
  lastReceivedAt: nullable({ ...Time, description: 'when the last webhook with a valid signature arrived' }),
  lastEventAt: nullable({ ...Time, description: 'Stripe’s time of the newest event' }),
  lastRefusedAt: TimeOrNull,
  lastRefusal: TextOrNull,
  apiVersion: nullable(Type.String({ description: 'of the last event' })),
  expectedApiVersion: Type.String(),
});

export const BillingView = Type.Object({
  mode: stringEnum(BILLING_MODES),
  keyMode: stringEnum(['live', 'test'], { description: 'the mode of the keys that work now' }),
  webhook: Type.Union([WebhookView, Type.Null()]),
  inbox: Type.Object({ pending: Type.Integer(), dead: Type.Integer() }),
  drift: Type.Object({ total: Type.Integer(), lastAt: TimeOrNull }),
  reconcile: Type.Union([ReconcileView, Type.Null()], { description: 'the current sweep, or the last one since the start' }),
  lastSweptAt: TimeOrNull,
  sandboxUrl: TextOrNull,
  graceDays: nullable(Type.Integer()),
});
export type BillingView = Static<typeof BillingView>;

export const EventView = Type.Object({
  id: Type.String(),
  type: Type.String(),
  state: stringEnum(EVENT_STATES),
  source: stringEnum(['webhook', 'reconcile']),
  objectType: Type.String(),
  objectId: Type.String(),
  customerId: TextOrNull,
  apiVersion: TextOrNull,
  attempts: Type.Integer(),
  lastError: TextOrNull,
  createdAt: { ...Time, description: 'Stripe’s time' },
  receivedAt: Time,
  doneAt: TimeOrNull,
});
export type EventView = Static<typeof EventView>;

export const EventQuery = Type.Object({ ...PAGE_FIELDS, state: Type.Optional(stringEnum(EVENT_STATES)) }, CLOSED);

export const SubscriptionView = Type.Object({
  id: Type.String(),
  customerId: Type.String(),
  consumerId: TextOrNull,
  entitlementId: TextOrNull,
  status: Type.String({ description: 'the status in Stripe' }),
  access: stringEnum(ACCESSES),
  plan: TextOrNull,
  priceId: TextOrNull,
  graceUntil: TimeOrNull,
  currentPeriodEnd: TimeOrNull,
  cancelAt: TimeOrNull,
  endedAt: TimeOrNull,
  backedBy: nullable(Type.String({ description: 'the subscription that its keys moved to' })),
  createdAt: Time,
  syncedAt: Time,
});
export type SubscriptionView = Static<typeof SubscriptionView>;

export const SubscriptionQuery = Type.Object(
  { ...PAGE_FIELDS, consumer: Type.Optional(Id), access: Type.Optional(stringEnum(ACCESSES)) },
  CLOSED,
);

export const DisputeView = Type.Object({
  id: Type.String(),
  customerId: Type.String(),
  consumerId: TextOrNull,
  status: Type.String({ description: 'the status in Stripe' }),
  hold: Type.Boolean({ description: 'whether it suspends every key that the consumer bought' }),
  releasedAt: nullable({ ...Time, description: 'when an operator released its hold' }),
  createdAt: Time,
  syncedAt: Time,
});
export type DisputeView = Static<typeof DisputeView>;

export const DriftView = Type.Object({
  id: Type.String(),
  at: Time,
  customerId: Type.String(),
  consumerId: TextOrNull,
  differences: Type.Array(Type.Object({}, { additionalProperties: true })),
});
export type DriftView = Static<typeof DriftView>;

export const FlagView = Type.Object({
  kind: Type.String(),
  objectId: Type.String(),
  customerId: TextOrNull,
  detail: Type.String(),
  at: Time,
});
export type FlagView = Static<typeof FlagView>;

export const ListQuery = Type.Object(PAGE_FIELDS, CLOSED);

export const ByConsumer = Type.Object({ consumerId: Id }, CLOSED);

export const Synced = Type.Object({ customerId: Type.String(), subscriptions: Type.Array(SubscriptionView) });

export const TestedWebhook = Type.Object({
  status: Type.Integer({ description: 'the status that the webhook returned at the public address; 0: no response' }),
  milliseconds: Type.Integer(),
  eventId: Type.String(),
});
export type TestedWebhook = Static<typeof TestedWebhook>;

type DriftRow = Awaited<ReturnType<typeof listDrift>>['rows'][number];
type FlagRow = Awaited<ReturnType<typeof listFlags>>['rows'][number];

const iso = (time: Date | null): string | null => time?.toISOString() ?? null;

export const presentEvent = ({ createdAt, receivedAt, doneAt, ...row }: EventRow): EventView => ({
  ...row,
  createdAt: createdAt.toISOString(),
  receivedAt: receivedAt.toISOString(),
  doneAt: iso(doneAt),
});

export const presentSubscription = (row: SubscriptionListRow): SubscriptionView => ({
  ...row,
  graceUntil: iso(row.graceUntil),
  currentPeriodEnd: iso(row.currentPeriodEnd),
  cancelAt: iso(row.cancelAt),
  endedAt: iso(row.endedAt),
  createdAt: row.createdAt.toISOString(),
  syncedAt: row.syncedAt.toISOString(),
});

export const presentDispute = ({ position: _position, ...row }: DisputeRow): DisputeView => ({
  ...row,
  releasedAt: iso(row.releasedAt),
  createdAt: row.createdAt.toISOString(),
  syncedAt: row.syncedAt.toISOString(),
});

export const presentDrift = ({ id, at, ...row }: DriftRow): DriftView => ({ ...row, id: String(id), at: at.toISOString() });

export const presentFlag = ({ kind, objectId, customerId, detail, at }: FlagRow): FlagView => ({
  kind,
  objectId,
  customerId,
  detail,
  at: at.toISOString(),
});

export const presentReconcile = ({ startedAt, finishedAt, ...report }: ReconcileReport): ReconcileView => ({
  ...report,
  startedAt: startedAt.toISOString(),
  finishedAt: iso(finishedAt),
});
