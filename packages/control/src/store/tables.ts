import type { Access, BillingMode, KeyStatus } from '@api-factory/core';
import type { ColumnType, Generated } from 'kysely';
import type { BillingTables } from './tables-billing.ts';

/** Rows of the schema `api_factory` as `pg` returns them: bigint as number, timestamptz as Date. */

export type Default<T> = ColumnType<T, T | undefined, T>;
/** jsonb: read as a value, written as JSON text. */
export type Json<T> = ColumnType<T, string, string>;

export interface PlansTable {
  id: string;
  current_version: number;
  created_at: Default<Date>;
}

export interface PlanVersionsTable {
  plan_id: string;
  version: number;
  name: string;
  quota_limit: number | null;
  quota_period: 'month' | 'day';
  rate_limit: number | null;
  rate_window_seconds: number;
  price_amount_cents: number | null;
  price_currency: string | null;
  price_interval: 'month' | 'year' | null;
  apis: string[] | null;
  created_at: Default<Date>;
  snapshot_version: number;
}

export interface PlanMovesTable {
  plan_id: string;
  version: number;
  after_id: string;
  actor: string;
  request_id: string | null;
  started_at: Date;
}

export interface ConsumersTable {
  id: string;
  name: string;
  email: string | null;
  created_at: Default<Date>;
  updated_at: Default<Date>;
}

export interface EntitlementsTable {
  id: string;
  consumer_id: string | null;
  plan_id: string;
  plan_version: number;
  source: Default<'operator' | 'subscription'>;
  anchor: Default<Date>;
  created_at: Default<Date>;
  snapshot_version: number;
  /** These three are null for an entitlement created by the operator. */
  mode: Default<BillingMode | null>;
  subscription_id: Default<string | null>;
  access: Default<Exclude<Access, 'none'> | null>;
}

export interface KeysTable {
  id: string;
  entitlement_id: string;
  name: string;
  hash: string;
  prefix: string;
  last4: string;
  mode: Default<'live' | 'test'>;
  operator_status: Default<KeyStatus>;
  expires_at: Date | null;
  rotated_from: string | null;
  origin_entitlement_id: Default<string | null>;
  created_at: Default<Date>;
  updated_at: Default<Date>;
  revoked_at: Date | null;
  snapshot_version: number;
}

export interface QuotasTable {
  period_id: string;
  entitlement_id: string;
  starts_at: Date;
  ends_at: Date;
  settled: Default<number>;
  leased: Default<number>;
  /** The period that this one was merged into; null if none. */
  merged_into: Default<string | null>;
  /** Its original start; null: `starts_at`. */
  opened_at: Default<Date | null>;
}

export interface GatewaysTable {
  id: string;
  epoch: Default<number>;
  boot_id: string;
  cursor: Default<number>;
  heartbeat_at: Default<Date>;
}

export interface LeasesTable {
  gateway_id: string;
  period_id: string;
  units: number;
  request_id: string | null;
  request_granted: Default<number>;
}

export interface UsageEventsTable {
  day: Date;
  id: string;
  ts: Date;
  entitlement_id: string;
  period_id: string;
  key_id: string;
  consumer_id: string | null;
  api: string;
  method: string;
  route: string;
  status: number;
  cost: number;
  request_bytes: number;
  response_bytes: number;
  duration_ms: number;
  request_id: string;
  outcome: Default<string>;
}

export interface UsageRefusalsTable {
  minute: Date;
  entitlement_id: string;
  key_id: string;
  code: string;
  count: number;
}

export interface UsageQuarantineTable {
  id: Generated<number>;
  gateway_id: string;
  at: Default<Date>;
  reason: string;
  record: Json<unknown>;
  lease_closed: Default<'released' | 'spent' | null>;
  sqlstate: Default<string | null>;
}

export interface LedgerTable {
  period_id: string;
  key_id: string;
  calls: Default<number>;
  units: Default<number>;
  last_used_at: Date;
}

/** One shape for minutes, hours and days. */
export interface RollupTable {
  bucket: Date;
  key_id: string;
  api: string;
  route: string;
  status: number;
  calls: number;
  units: number;
  request_bytes: number;
  response_bytes: number;
  duration_ms: number;
}

export interface AuditTable {
  id: Generated<number>;
  at: Default<Date>;
  actor: string;
  action: string;
  object_type: string;
  object_id: string;
  details: Json<Record<string, unknown>>;
  request_id: string | null;
}

export interface IdempotencyTable {
  operator: string;
  key: string;
  request_hash: string;
  status: number | null;
  body: Json<unknown> | null;
  created_at: Default<Date>;
}

export interface OperatorSessionsTable {
  id: string;
  hash: string;
  operator: string;
  operator_mac: string;
  created_at: Date;
  expires_at: Date;
}

export interface Tables extends BillingTables {
  installation: { only_row: Default<boolean>; id: string; created_at: Default<Date> };
  snapshot_version: { only_row: Default<boolean>; version: Default<number>; stamp: Default<string> };
  snapshot_stamps: { version: number; stamp: string };
  operator_keys: { id: string; name: string; hash: string; created_at: Default<Date>; revoked_at: Date | null };
  operator_sessions: OperatorSessionsTable;
  consumers: ConsumersTable;
  plans: PlansTable;
  plan_versions: PlanVersionsTable;
  plan_moves: PlanMovesTable;
  entitlements: EntitlementsTable;
  keys: KeysTable;
  quotas: QuotasTable;
  gateways: GatewaysTable;
  leases: LeasesTable;
  usage_events: UsageEventsTable;
  usage_quarantine: UsageQuarantineTable;
  usage_refusals: UsageRefusalsTable;
  ledger: LedgerTable;
  usage_minutes: RollupTable;
  usage_hours: RollupTable;
  usage_days: RollupTable;
  audit: AuditTable;
  idempotency: IdempotencyTable;
}
