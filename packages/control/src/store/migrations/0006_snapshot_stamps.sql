-- A version number alone does not name a change: after a failover that lost commits, or a restored back-up, the same numbers are given
-- again. So each change also draws a random stamp. snapshot_stamps remembers the latest ones; a gateway that holds a version whose
-- stamp is not among them gets everything again.
alter table snapshot_version add column stamp uuid not null default gen_random_uuid();
create table snapshot_stamps (
  version bigint primary key,
  stamp uuid not null
);
insert into snapshot_stamps (version, stamp) select version, stamp from snapshot_version;
alter table snapshot_stamps enable row level security;

-- An edit of a plan that is still moving entitlements to its version, in pieces. after_id is the last entitlement of the piece before;
-- the row is gone when the last piece is done.
create table plan_moves (
  plan_id text primary key references plans (id) on delete cascade,
  version int not null,
  after_id text not null,
  -- To whom the pieces are booked in the audit: who made the edit.
  actor text not null,
  request_id text,
  started_at timestamptz not null
);
alter table plan_moves enable row level security;

-- The next piece of a move begins behind the one before; without this index each piece would read all entitlements of the plan.
create index entitlements_of_plan on entitlements (plan_id, id);
