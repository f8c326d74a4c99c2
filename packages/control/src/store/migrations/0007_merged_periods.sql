-- A quota period that a later one has taken in: what was used in it counts in that one too. Settlement, leases and ledger go on under
-- the period's own id; whoever grants or shows a quota sums up the period and those that point to it.
alter table quotas add column merged_into text references quotas (period_id);
-- Where the period began when it was first begun; null: at starts_at, which has not moved since.
alter table quotas add column opened_at timestamptz;

alter table quotas drop constraint quotas_entitlement_id_starts_at_key;
create unique index quotas_by_start on quotas (entitlement_id, starts_at) where merged_into is null;
create index quotas_by_merge on quotas (merged_into) where merged_into is not null;
