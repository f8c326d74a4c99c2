import type { RefusalRow, SummaryRow, UsageEventView } from './schema.ts';
import type { EventRow, QuarantinedRow, RefusalSum, SumRow } from './store.ts';

export const presentEvent = (row: EventRow): UsageEventView => ({
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

export const presentSum = (row: SumRow): SummaryRow => ({
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

export const presentRefusal = ({ bucket, code, count }: RefusalSum): RefusalRow => ({ bucket: bucket.toISOString(), code, count });

/** Refused calls by code over all buckets, ordered by code. */
export function totalsOf(rows: readonly RefusalSum[]): { code: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { code, count } of rows) counts.set(code, (counts.get(code) ?? 0) + count);
  return [...counts].map(([code, count]) => ({ code, count })).sort((a, b) => (a.code < b.code ? -1 : 1));
}

export const presentQuarantined = (row: QuarantinedRow) => ({
  id: String(row.id),
  at: row.at.toISOString(),
  gatewayId: row.gateway_id,
  reason: row.reason,
  record: row.record as Record<string, unknown>,
});
