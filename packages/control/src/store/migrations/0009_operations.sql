-- The periods that are open: the overview and the retention of events look for them, and would read those of all times.
-- Settlement changes neither column, so its updates stay on their page.
create index quotas_open on quotas (ends_at, starts_at);

-- What became of the units of a quarantined event when the leases of its gateway were closed: `released`, they may be leased
-- again; `spent`, they count as settled. null: they are still leased, so that storing the event settles them.
alter table usage_quarantine add column lease_closed text check (lease_closed in ('released', 'spent'));

-- Every start closes the leases of the one before.
update usage_quarantine q set lease_closed = 'released' from gateways g
where g.id = q.gateway_id and case when jsonb_typeof(q.record -> 'epoch') = 'number' then (q.record ->> 'epoch')::numeric < g.epoch end;

-- Why the database refused a record, as SQLSTATE: messages are in the language of the server. null: the product refused it.
alter table usage_quarantine add column sqlstate text;

update usage_quarantine set sqlstate = '23505' where reason like 'duplicate key value %';
