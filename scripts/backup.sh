#!/usr/bin/env bash
# Writes a back-up of an installation; see docs/backup.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/backup/lib.sh
. "$here/backup/lib.sh"

usage() {
  cat <<'TEXT'
usage: scripts/backup.sh [--compose | --data-dir DIR] [--keep N] DIRECTORY

Writes a new file into DIRECTORY and prints its path. The product goes on serving, but for --data-dir.

  (without)       the database that DATABASE_URL or DATABASE_URL_FILE names; needs psql, pg_dump and pg_restore of its version
  --compose       the database of the compose stack; run it where compose.yaml lies. COMPOSE names another command than "docker compose"
  --data-dir DIR  the data directory with its embedded database; stop the product before
  --keep N        afterwards keep the newest N files of this kind in DIRECTORY and delete older ones

examples:
  DATABASE_URL_FILE=deploy/secrets/database_url scripts/backup.sh --keep 14 /srv/backups
  scripts/backup.sh --compose --keep 14 /srv/backups
  scripts/backup.sh --data-dir ./data /srv/backups
TEXT
}

mode=url
data_dir=''
keep=''
directory=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --compose) mode=compose ;;
    --data-dir) mode=data && data_dir=${2:-} && shift ;;
    --keep) keep=${2:-} && shift ;;
    -*) fail "there is no option $1; --help shows what there is" 2 ;;
    *)
      [ -z "$directory" ] || fail 'name one directory; --help shows how' 2
      directory=$1
      ;;
  esac
  [ $# -gt 0 ] || fail 'an option lacks its value; --help shows how' 2
  shift
done
[ -n "$directory" ] || fail 'name the directory that the back-up goes into; --help shows how' 2
case $keep in '' | [1-9] | [1-9][0-9] | [1-9][0-9][0-9]) ;; *) fail '--keep takes a number from 1 to 999' 2 ;; esac

# tar takes what stands before a colon for another machine, unless a / comes first.
case $directory in /*) ;; *) directory=./$directory ;; esac
umask 077
mkdir -p "$directory"
[ -w "$directory" ] || fail "$directory can't be written"
suffix=dump.gz
[ "$mode" != data ] || suffix=tar.gz
file="$directory/api-factory-$(date -u +%Y%m%dT%H%M%SZ).$suffix"
partial="$directory/.${file##*/}.$$.partial"
trap 'rm -f "$partial"' EXIT
trap 'exit 1' INT TERM HUP

dump_database() {
  open_database
  [ "$(query "select to_regclass('api_factory.migrations') is not null")" = t ] ||
    fail 'the database has no schema api_factory that this user can see: there is nothing to back up'
  # One snapshot of everything: ledger and events agree in it, whatever is written meanwhile.
  tool pg_dump --format=custom --compress=0 --schema=api_factory --no-owner --no-privileges --lock-wait-timeout=60s "$database" </dev/null | gzip >"$partial" ||
    fail 'pg_dump failed; nothing was kept'
  is_sound "$partial" || fail 'the file that pg_dump wrote can not be read back; nothing was kept'
}

copy_directory() {
  [ -f "$data_dir/postgres/PG_VERSION" ] || fail "$data_dir has no embedded database; with DATABASE_URL, back that database up instead"
  # shellcheck disable=SC2016
  hold 'tar -C "$1" -czf "$2" .' "$partial" || fail "$data_dir could not be copied; nothing was kept"
  local inside
  inside=$(tar -tzf "$partial") || fail 'the file that tar wrote can not be read back; nothing was kept'
  for name in ./postgres/PG_VERSION ./postgres/global/pg_control ./postgres-password; do
    grep -qxF "$name" <<<"$inside" || fail "the copy lacks $name; nothing was kept"
  done
}

if [ "$mode" = data ]; then copy_directory; else dump_database; fi
sync "$partial"
[ ! -e "$file" ] || fail "$file is there already; nothing was changed"
mv "$partial" "$file"
sync "$directory"
echo "$file"

# Names sort by time. Files of other names are never touched. The / at the end: the directory may be a link.
if [ -n "$keep" ]; then
  find "$directory/" -maxdepth 1 -type f -name "api-factory-????????T??????Z.$suffix" | sort -r | tail -n "+$((keep + 1))" | while IFS= read -r old; do
    rm -f "$old"
    echo "deleted $old" >&2
  done
fi
# Of runs that were killed.
find "$directory/" -maxdepth 1 -type f -name '.api-factory-*.partial' -mtime +1 -delete
