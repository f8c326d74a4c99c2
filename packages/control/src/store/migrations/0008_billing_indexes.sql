-- Each of these is asked for by a statement that runs often over a table that grows. What writes them is rare: a checkout, a key.

-- Whether a customer bought here (every sync), and how many checkouts it has open (every checkout with a key).
create index checkouts_by_customer on checkouts (mode, customer_id) where customer_id is not null;
-- Which key took the place of another one (every claim and rotation).
create index keys_by_rotated on keys (rotated_from) where rotated_from is not null;
-- What the browser of a cookie bought (every opening of the portal without a key; anybody may send cookies).
create index checkouts_by_nonce on checkouts (mode, nonce_hash);
