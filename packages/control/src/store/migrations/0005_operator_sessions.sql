-- Who is signed in to the console. Neither the token of a session nor the operator key that began it is stored.
create table operator_sessions (
  id text primary key,
  hash text not null unique,
  -- Id of an operator key; `env` for the one from the environment, which has no row.
  operator text not null,
  -- MAC of the operator key's hash under the token: a replaced or revoked key ends its sessions. A plain hash would let whoever reads
  -- this table try keys that a person chose; without the token there is nothing to try them against.
  operator_mac text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index operator_sessions_by_operator on operator_sessions (operator, created_at desc, id desc);
create index operator_sessions_by_expiry on operator_sessions (expires_at);
alter table operator_sessions enable row level security;
