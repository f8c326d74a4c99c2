-- Rows that change with every batch of usage. Half of each page stays free, so that a changed row finds room on its own page and
-- no index changes with it (HOT update). Measured with 10,000 keys in every batch: settlement takes a third of the database's time
-- that it took on full pages, ledger and roll-ups take 0.6 of it.
alter table quotas set (fillfactor = 50);
alter table leases set (fillfactor = 50);
alter table ledger set (fillfactor = 50);
alter table usage_minutes set (fillfactor = 50);
alter table usage_hours set (fillfactor = 50);
alter table usage_days set (fillfactor = 50);
