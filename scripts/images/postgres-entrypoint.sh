#!/bin/sh
# The first start creates the cluster and runs /docker-entrypoint-initdb.d on a server that listens
# only on its socket, like the image postgres:18.
set -eu
mkdir -p /run/postgresql

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  [ -s "${POSTGRES_PASSWORD_FILE:-}" ] || { echo 'POSTGRES_PASSWORD_FILE must name a file with a password' >&2; exit 1; }
  rm -rf "$PGDATA.new"
  initdb -D "$PGDATA.new" -U postgres --pwfile "$POSTGRES_PASSWORD_FILE" --auth-local=trust --auth-host=scram-sha-256 -E UTF8 --locale=C.UTF-8 >/dev/null
  echo 'host all all all scram-sha-256' >>"$PGDATA.new/pg_hba.conf"
  pg_ctl -D "$PGDATA.new" -w -s -o "-c listen_addresses=''" start
  for script in /docker-entrypoint-initdb.d/*.sh; do
    [ -f "$script" ] || continue
    "$script" || { pg_ctl -D "$PGDATA.new" -w -s stop; exit 1; }
  done
  pg_ctl -D "$PGDATA.new" -w -s stop
  mv "$PGDATA.new" "$PGDATA"
fi
exec "$@" -c listen_addresses='*'
