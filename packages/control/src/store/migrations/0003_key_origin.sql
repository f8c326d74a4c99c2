-- A key of an ended subscription goes on in the slot of another one that backs it, and to a third one when that backs it better. So that it does
-- not matter in which order this was found out, a key keeps the slot that it came from; null while it is in its own.
alter table keys add column origin_entitlement_id text references entitlements (id);
create index keys_by_origin on keys (origin_entitlement_id) where origin_entitlement_id is not null;
