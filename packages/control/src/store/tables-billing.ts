import type { Access, BillingMode } from '@api-factory/core';
import type { Generated } from 'kysely';
import type { Default, Json } from './tables.ts';

/** Rows that mirror Stripe, and what is derived from them. Mirrored times are Stripe’s. */

export interface StripeCustomersTable {
  mode: BillingMode;
  id: string;
  consumer_id: Default<string | null>;
  deleted: Default<boolean>;
  test_clock: Default<string | null>;
  wanted_at: Default<Date | null>;
  failures: Default<number>;
  last_error: Default<string | null>;
  synced_at: Default<Date | null>;
  lease_until: Default<Date | null>;
  fence: Default<number>;
  created_at: Default<Date>;
}

export interface StripeEventsTable {
  mode: BillingMode;
  id: string;
  type: string;
  api_version: string | null;
  object_type: string;
  object_id: string;
  customer_id: string | null;
  source: 'webhook' | 'reconcile';
  state: Default<'pending' | 'done' | 'ignored' | 'dead'>;
  attempts: Default<number>;
  next_attempt_at: Default<Date>;
  last_error: Default<string | null>;
  created_at: Date;
  received_at: Default<Date>;
  done_at: Default<Date | null>;
}

export interface SubscriptionsTable {
  mode: BillingMode;
  id: string;
  customer_id: string;
  entitlement_id: string | null;
  status: string;
  access: Access;
  grace_until: Date | null;
  price_id: string | null;
  plan_id: string | null;
  anchor: Date;
  current_period_start: Date | null;
  current_period_end: Date | null;
  cancel_at: Date | null;
  ended_at: Date | null;
  backed_by: string | null;
  created_at: Date;
  synced_at: Date;
}

export interface DisputesTable {
  mode: BillingMode;
  id: string;
  customer_id: string;
  status: string;
  hold: boolean;
  created_at: Date;
  synced_at: Date;
  released_at: Default<Date | null>;
}

export interface BillingFlagsTable {
  mode: BillingMode;
  kind: string;
  object_id: string;
  customer_id: string | null;
  detail: string;
  at: Date;
}

export interface StripePricesTable {
  mode: BillingMode;
  id: string;
  plan_id: string;
  product_id: string;
  amount_cents: number;
  currency: string;
  interval: 'month' | 'year';
  active: boolean;
  created_at: Date;
}

export interface CheckoutsTable {
  mode: BillingMode;
  session_id: string;
  plan_id: string;
  nonce_hash: string;
  idempotency_hash: string | null;
  state: Default<'open' | 'complete' | 'expired'>;
  customer_id: Default<string | null>;
  subscription_id: Default<string | null>;
  key_id: Default<string | null>;
  created_at: Date;
}

export interface BillingStateTable {
  mode: BillingMode;
  events_cursor: Default<Date | null>;
  last_event_at: Default<Date | null>;
  last_webhook_at: Default<Date | null>;
  last_refused_at: Default<Date | null>;
  last_refusal: Default<string | null>;
  last_api_version: Default<string | null>;
  last_reconciled_at: Default<Date | null>;
  last_swept_at: Default<Date | null>;
  drift_total: Default<number>;
}

export interface BillingDriftTable {
  id: Generated<number>;
  mode: BillingMode;
  at: Date;
  customer_id: string;
  consumer_id: string | null;
  differences: Json<Record<string, unknown>[]>;
}

export interface BillingTables {
  stripe_customers: StripeCustomersTable;
  stripe_events: StripeEventsTable;
  subscriptions: SubscriptionsTable;
  disputes: DisputesTable;
  billing_flags: BillingFlagsTable;
  stripe_prices: StripePricesTable;
  checkouts: CheckoutsTable;
  billing_state: BillingStateTable;
  billing_drift: BillingDriftTable;
}
