-- Billing: what Stripe says (mirrored), what follows from it (access), and the inbox of its events. Every row carries its mode: rows of
-- one mode mean nothing in another. Times in columns that mirror Stripe are Stripe's.

-- An entitlement that a subscription gave is the slot of its keys. access is derived from Stripe's state and never typed in; the status of a
-- key is the worse of it and the operator's word.
alter table entitlements
  add column mode text check (mode in ('sandbox', 'test', 'live')),
  add column subscription_id text,
  add column access text check (access in ('active', 'grace', 'suspended', 'revoked')),
  add constraint entitlements_of_subscriptions
    check ((source = 'subscription') = (mode is not null) and (mode is null) = (subscription_id is null) and (mode is null) = (access is null));
create unique index entitlements_by_subscription on entitlements (mode, subscription_id) where subscription_id is not null;

-- Stripe's customers, and the job of looking at each: wanted_at says when the next look is due, null that none is. Who looks holds the row by
-- lease_until and fence: a number that grows with every holder, so that one who was overtaken can't write.
create table stripe_customers (
  mode text not null check (mode in ('sandbox', 'test', 'live')),
  id text not null,
  -- null while nothing of ours was bought.
  consumer_id text references consumers (id),
  deleted boolean not null default false,
  test_clock text,
  wanted_at timestamptz,
  failures int not null default 0,
  last_error text,
  synced_at timestamptz,
  lease_until timestamptz,
  fence bigint not null default 0,
  created_at timestamptz not null default now(),
  primary key (mode, id),
  unique (mode, consumer_id)
);
create index stripe_customers_wanted on stripe_customers (mode, wanted_at) where wanted_at is not null;
create index stripe_customers_by_clock on stripe_customers (mode, test_clock) where test_clock is not null;

-- The inbox. Only what says whom to look at is kept of an event; its payload is never applied.
create table stripe_events (
  mode text not null check (mode in ('sandbox', 'test', 'live')),
  id text not null,
  type text not null,
  api_version text,
  object_type text not null,
  object_id text not null,
  -- null until it is resolved, and for events of no customer.
  customer_id text,
  source text not null check (source in ('webhook', 'reconcile')),
  state text not null default 'pending' check (state in ('pending', 'done', 'ignored', 'dead')),
  attempts int not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  created_at timestamptz not null,
  received_at timestamptz not null default now(),
  done_at timestamptz,
  primary key (mode, id)
);
create index stripe_events_newest on stripe_events (mode, received_at desc, id desc);
create index stripe_events_open on stripe_events (mode, next_attempt_at) where state in ('pending', 'dead');
create index stripe_events_open_by_customer on stripe_events (mode, customer_id) where state in ('pending', 'dead');

create table subscriptions (
  mode text not null check (mode in ('sandbox', 'test', 'live')),
  id text not null,
  customer_id text not null,
  -- The slot of its keys; null when none was issued (incomplete, price of no plan).
  entitlement_id text references entitlements (id),
  status text not null,
  access text not null check (access in ('active', 'grace', 'suspended', 'revoked', 'none')),
  grace_until timestamptz,
  price_id text,
  -- The plan that its price belongs to; null when it belongs to none.
  plan_id text,
  anchor timestamptz not null,
  current_period_start timestamptz,
  current_period_end timestamptz,
  cancel_at timestamptz,
  ended_at timestamptz,
  -- An ended subscription whose keys went on to another one of the consumer.
  backed_by text,
  created_at timestamptz not null,
  synced_at timestamptz not null,
  primary key (mode, id),
  foreign key (mode, customer_id) references stripe_customers (mode, id)
);
create index subscriptions_by_customer on subscriptions (mode, customer_id);
create index subscriptions_by_entitlement on subscriptions (entitlement_id);
create index subscriptions_newest on subscriptions (mode, created_at desc, id desc);

-- Disputes bind the consumer: hold suspends every key of it.
create table disputes (
  mode text not null check (mode in ('sandbox', 'test', 'live')),
  id text not null,
  customer_id text not null,
  status text not null,
  hold boolean not null,
  created_at timestamptz not null,
  synced_at timestamptz not null,
  primary key (mode, id),
  foreign key (mode, customer_id) references stripe_customers (mode, id)
);
create index disputes_by_customer on disputes (mode, customer_id);

-- What an operator should look at and nothing is done about by itself: refunds, warnings of fraud, prices of no plan, unknown words of Stripe's.
create table billing_flags (
  mode text not null check (mode in ('sandbox', 'test', 'live')),
  kind text not null,
  object_id text not null,
  customer_id text,
  detail text not null,
  at timestamptz not null,
  primary key (mode, kind, object_id)
);
create index billing_flags_newest on billing_flags (mode, at desc);

-- Prices that were made for plans, archived ones too: a subscription stays on the price that it was bought at.
create table stripe_prices (
  mode text not null check (mode in ('sandbox', 'test', 'live')),
  id text not null,
  plan_id text not null,
  product_id text not null,
  amount_cents bigint not null,
  currency text not null,
  interval text not null check (interval in ('month', 'year')),
  active boolean not null,
  created_at timestamptz not null,
  primary key (mode, id)
);
create unique index stripe_prices_active on stripe_prices (mode, plan_id) where active;

-- Checkouts that were begun here. The nonce is the cookie of the browser that began it; only its hash is kept.
create table checkouts (
  mode text not null check (mode in ('sandbox', 'test', 'live')),
  session_id text not null,
  plan_id text not null,
  nonce_hash text not null,
  idempotency_hash text,
  state text not null default 'open' check (state in ('open', 'complete', 'expired')),
  customer_id text,
  subscription_id text,
  -- The key that was minted last.
  key_id text references keys (id),
  created_at timestamptz not null,
  primary key (mode, session_id)
);
create index checkouts_by_subscription on checkouts (mode, subscription_id) where subscription_id is not null;
create index checkouts_by_idempotency on checkouts (mode, idempotency_hash) where idempotency_hash is not null;

create table billing_state (
  mode text primary key check (mode in ('sandbox', 'test', 'live')),
  -- Every event of Stripe's up to here is in the inbox.
  events_cursor timestamptz,
  last_event_at timestamptz,
  last_webhook_at timestamptz,
  last_refused_at timestamptz,
  last_refusal text,
  last_api_version text,
  last_reconciled_at timestamptz,
  last_swept_at timestamptz,
  drift_total bigint not null default 0
);

-- What a sweep found to differ from Stripe, written down before it was repaired.
create table billing_drift (
  id bigint generated always as identity primary key,
  mode text not null check (mode in ('sandbox', 'test', 'live')),
  at timestamptz not null,
  customer_id text not null,
  consumer_id text,
  differences jsonb not null
);
create index billing_drift_newest on billing_drift (mode, id desc);

do $$
declare t record;
begin
  for t in select tablename from pg_tables where schemaname = 'api_factory' and not rowsecurity loop
    execute format('alter table api_factory.%I enable row level security', t.tablename);
  end loop;
end $$;
