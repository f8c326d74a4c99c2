import type { ReconcileReport } from '../sync/jobs.ts';
import type { DisputeView, DriftView, EventView, FlagView, ReconcileView, SubscriptionView } from './admin-schema.ts';
import type { EventRow, listDrift, listFlags, SubscriptionListRow } from './admin-store.ts';
import type { DisputeRow } from './dispute-store.ts';

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
