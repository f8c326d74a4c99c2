#!/usr/bin/env bash
# Restores an installation from a file of backup.sh; see docs/backup.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/backup/lib.sh
. "$here/backup/lib.sh"

usage() {
  cat <<'TEXT'
usage: scripts/restore.sh [--compose | --data-dir DIR] [--replace] FILE

Restores FILE completely or not at all. Stop the product first.

  (default)       into the database in DATABASE_URL or DATABASE_URL_FILE; it must exist
  --compose       into the database of the compose stack; run it in the directory of compose.yaml. COMPOSE replaces the command "docker compose"
  --data-dir DIR  as the data directory DIR
  --replace       replace existing data: the schema api_factory is dropped; a data directory is moved aside

examples:
  DATABASE_URL_FILE=deploy/secrets/database_url scripts/restore.sh /srv/backups/api-factory-20260101T030000Z.dump.gz
  docker compose stop api && scripts/restore.sh --compose --replace /srv/backups/api-factory-20260101T030000Z.dump.gz
  scripts/restore.sh --data-dir ./data /srv/backups/api-factory-20260101T030000Z.tar.gz
TEXT
}

mode=url
data_dir=''
replace=''
file=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --compose) mode=compose ;;
    --data-dir) mode=data && data_dir=${2:-} && shift ;;
    --replace) replace=yes ;;
    -*) fail "unknown option $1; see --help" 2 ;;
    *)
      [ -z "$file" ] || fail 'give one file; see --help' 2
      file=$1
      ;;
  esac
  [ $# -gt 0 ] || fail 'an option needs a value; see --help' 2
  shift
done
[ -n "$file" ] || fail 'give the file to restore; see --help' 2
[ -r "$file" ] || fail "$file can't be read" 2
# tar takes the text before a colon for a host name, unless a / precedes it.
case $file in /*) ;; *) file=./$file ;; esac
umask 077

# The start of the transaction. It takes the product's lock, so that no product runs until the end.
opening() {
  cat <<SQL
\\set VERBOSITY terse
\\set SHOW_CONTEXT never
begin;
set local client_min_messages = warning;
do \$\$ begin
  if not pg_try_advisory_xact_lock($INSTANCE_LOCK) then raise exception 'a product uses this database; stop it first'; end if;
end \$\$;
SQL
  [ -n "$replace" ] || cat <<'SQL'
do $$ begin
  if exists (select from pg_class where relnamespace = to_regnamespace('api_factory')) then
    raise exception 'the schema api_factory of this database is not empty; --replace deletes its data';
  end if;
end $$;
SQL
  echo 'drop schema if exists api_factory cascade;'
}

# Only the last line commits: a truncated archive or a killed script leaves the database unchanged.
script() {
  opening
  gzip -dc "$file" | archive --no-owner --no-privileges -f - || return 1
  echo 'commit;'
}

restore_database() {
  open_database
  is_sound "$file" || fail "$file is not a backup by backup.sh, or is damaged; nothing was changed"
  script | tool psql -X -q -v ON_ERROR_STOP=1 -f - "$database" >/dev/null || fail 'nothing was changed; see the lines above'
  query "select 'restored: migration ' || (select name from api_factory.migrations order by number desc limit 1) || ', '
    || (select count(*) from api_factory.keys) || ' keys, ' || (select count(*) from api_factory.usage_events) || ' usage events, '
    || (select coalesce(sum(units), 0) from api_factory.ledger) || ' units in the ledger'" >&2
}

restore_directory() {
  local entries
  if ! entries=$(tar -tzf "$file" 2>/dev/null) || ! grep -qxF ./postgres/PG_VERSION <<<"$entries"; then
    fail "$file is not a backup by backup.sh --data-dir, or is damaged; nothing was changed"
  fi
  mkdir -p "$data_dir"
  data_dir=$(cd "$data_dir" && pwd -P)
  local code=0
  # shellcheck disable=SC2016
  hold '
    set -eu
    data_dir=$1 file=$2 replace=$3
    [ -n "$replace" ] || [ -z "$(ls -A "$data_dir")" ] || exit 77
    fresh=$(mktemp -d "$data_dir.restoring-XXXXXX")
    trap "rm -rf \"$fresh\"" EXIT
    tar -C "$fresh" -xzf "$file"
    before=$data_dir.before-$(date -u +%Y%m%dT%H%M%SZ)
    mv -T "$data_dir" "$before"
    mv -T "$fresh" "$data_dir"
    rmdir "$before" 2>/dev/null || echo "the previous data is in $before" >&2' "$file" "$replace" || code=$?
  case $code in
    0) ;;
    77) fail "$data_dir is not empty; --replace moves it aside" ;;
    *) fail "$file could not be restored; see the lines above" ;;
  esac
  echo "restored: $data_dir" >&2
}

if [ "$mode" = data ]; then restore_directory; else restore_database; fi
