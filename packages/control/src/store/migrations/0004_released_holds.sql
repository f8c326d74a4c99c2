-- The hold of a dispute that the operator lifted: Stripe never takes back a lost one. It holds no more, whatever becomes of it.
alter table disputes add column released_at timestamptz;
