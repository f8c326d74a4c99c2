-- The status that the operator gave the key. What the guard sees is the more restrictive of it and the access of the
-- entitlement: computed, never stored.
alter table keys rename column word to operator_status;
alter table keys rename constraint keys_word_check to keys_operator_status_check;
