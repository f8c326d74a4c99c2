#!/usr/bin/env bash
# Backs up an installation; see docs/backup.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/backup/lib.sh
. "$here/backup/lib.sh"

usage() {
  cat <<'TEXT'
usage: scripts/backup.sh [--compose | --data-dir DIR] [--keep N] DIRECTORY

Writes a new file into DIRECTORY and prints its path. The product keeps serving, except with --data-dir.

  (default)       the database in DATABASE_URL or DATABASE_URL_FILE; needs psql, pg_dump and pg_restore of at least its version
  --compose       the database of the compose stack; run it in the directory of compose.yaml. COMPOSE replaces the command "docker compose"
  --data-dir DIR  the data directory with its embedded database; stop the product first
  --keep N        then delete all but the newest N backups of this kind in DIRECTORY

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
    -*) fail "unknown option $1; see --help" 2 ;;
    *)
      [ -z "$directory" ] || fail 'give one directory; see --help' 2
      directory=$1
      ;;
  esac
  [ $# -gt 0 ] || fail 'an option needs a value; see --help' 2
  shift
done
[ -n "$directory" ] || fail 'give the directory for the backup; see --help' 2
case $keep in '' | [1-9] | [1-9][0-9] | [1-9][0-9][0-9]) ;; *) fail '--keep takes a number from 1 to 999' 2 ;; esac

# tar takes the text before a colon for a host name, unless a / precedes it.
case $directory in /*) ;; *) directory=./$directory ;; esac
umask 077
mkdir -p "$directory"
[ -w "$directory" ] || fail "$directory is not writable"
suffix=dump.gz
[ "$mode" != data ] || suffix=tar.gz
file="$directory/api-factory-$(date -u +%Y%m%dT%H%M%SZ).$suffix"
partial="$directory/.${file##*/}.$$.partial"
trap 'rm -f "$partial"' EXIT
trap 'exit 1' INT TERM HUP

dump_database() {
  open_database
  [ "$(query "select to_regclass('api_factory.migrations') is not null")" = t ] ||
    fail 'the database has no schema api_factory that is visible to this user; nothing was backed up'
  # One snapshot: ledger and events are consistent, whatever is written meanwhile.
  tool pg_dump --format=custom --compress=0 --schema=api_factory --no-owner --no-privileges --lock-wait-timeout=60s "$database" </dev/null | gzip >"$partial" ||
    fail 'pg_dump failed; no backup was written'
  is_sound "$partial" || fail 'the file from pg_dump cannot be read back; no backup was written'
}

copy_directory() {
  [ -f "$data_dir/postgres/PG_VERSION" ] || fail "$data_dir has no embedded database; if the product uses DATABASE_URL, back up that database instead"
  # shellcheck disable=SC2016
  hold 'tar -C "$1" -czf "$2" .' "$partial" || fail "$data_dir could not be copied; no backup was written"
  local inside
  inside=$(tar -tzf "$partial") || fail 'the file from tar cannot be read back; no backup was written'
  for name in ./postgres/PG_VERSION ./postgres/global/pg_control ./postgres-password; do
    grep -qxF "$name" <<<"$inside" || fail "the copy lacks $name; no backup was written"
  done
}

if [ "$mode" = data ]; then copy_directory; else dump_database; fi
sync "$partial"
[ ! -e "$file" ] || fail "$file already exists; nothing was changed"
mv "$partial" "$file"
sync "$directory"
echo "$file"

# Names sort by time. Other files are never touched. The trailing / follows a symbolic link.
if [ -n "$keep" ]; then
  find "$directory/" -maxdepth 1 -type f -name "api-factory-????????T??????Z.$suffix" | sort -r | tail -n "+$((keep + 1))" | while IFS= read -r old; do
    rm -f "$old"
    echo "deleted $old" >&2
  done
fi
# Left by killed runs.
find "$directory/" -maxdepth 1 -type f -name '.api-factory-*.partial' -mtime +1 -delete
