# shellcheck shell=bash
# What backup.sh and restore.sh share. Sourced, never run. They set `mode`: url, compose or data.
# shellcheck disable=SC2154


# Names the advisory lock that a running product holds on its database; see packages/control/src/store/instance-lock.ts.
# shellcheck disable=SC2034
INSTANCE_LOCK=4702112

fail() {
  echo "${0##*/}: $1" >&2
  exit "${2:-1}"
}

need() { command -v "$1" >/dev/null || fail "there is no $1 here; $2"; }

decode_percent() {
  local text=${1//\\/\\\\}
  printf '%b' "${text//%/\\x}"
}

# Sets `connection` to the connection string without its password, which goes into PGPASSWORD: every user of the machine sees arguments.
read_database_url() {
  local url rest userinfo
  if [ -n "${DATABASE_URL_FILE:-}" ]; then
    [ -z "${DATABASE_URL:-}" ] || fail 'DATABASE_URL and DATABASE_URL_FILE are both set; give one of them' 2
    [ -r "$DATABASE_URL_FILE" ] || fail "DATABASE_URL_FILE names $DATABASE_URL_FILE, which can't be read" 2
    url=$(cat "$DATABASE_URL_FILE")
  else
    url=${DATABASE_URL:-}
  fi
  unset DATABASE_URL
  case $url in
    '') fail 'name the database: DATABASE_URL, DATABASE_URL_FILE, --compose or --data-dir' 2 ;;
    postgres://* | postgresql://*) ;;
    *) fail 'DATABASE_URL is not a connection string; write postgres://user:password@host:5432/database' 2 ;;
  esac
  # A name behind ? may be written with %, and means the same.
  if [[ $url =~ [?\&](ssl)?password= || $url =~ [?\&][^=\&]*%[^=\&]*= ]]; then
    fail 'DATABASE_URL has a password, or a name with %, behind ?; write it as postgres://user:password@host:5432/database' 2
  fi
  rest=${url#*://}
  userinfo=${rest%%[/?]*}
  # The client programs would take the rest of a password for the database's name, and show it as an argument.
  case ${rest#"$userinfo"} in
    *@*) fail 'DATABASE_URL has an @ behind its host; in a password write / as %2F, ? as %3F and @ as %40' 2 ;;
  esac
  case $userinfo in
    *@*) userinfo=${userinfo%@*} ;;
    *) userinfo='' ;;
  esac
  case $userinfo in
    *:*)
      PGPASSWORD=$(decode_percent "${userinfo#*:}")
      export PGPASSWORD
      rest="${userinfo%%:*}${rest#"$userinfo"}"
      ;;
  esac
  connection="${url%%://*}://$rest"
}

# hold COMMAND …: runs bash's command line with the data directory as its first argument, while no product can use that. Returns its exit code.
hold() {
  local code=0
  need node 'it holds the lock of the data directory'
  # shellcheck disable=SC2016
  node "$here/backup/hold-directory.mjs" "$data_dir" bash -c '[ ! -e "$1/postgres/postmaster.pid" ] || exit 76; '"$1" hold "$data_dir" "${@:2}" || code=$?
  case $code in
    75) fail "a product uses $data_dir; stop it first" ;;
    76) fail "the embedded database in $data_dir runs, or did not stop cleanly; start the product there and stop it with SIGTERM" ;;
  esac
  return $code
}

# tool NAME ARGUMENT…: runs a client program, here or beside the server of the compose stack. The database is its last argument.
tool() {
  local name=$1
  shift
  if [ "$mode" = compose ]; then
    # shellcheck disable=SC2086 # COMPOSE may be two words
    ${COMPOSE:-docker compose} exec -T postgres "$name" -U api_factory "$@"
  else
    "$name" "$@"
  fi
}

# query SQL: what it answers, bare.
query() { tool psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1" "$database" </dev/null; }

# archive ARGUMENT…: pg_restore without a database; it reads the file from standard input.
archive() {
  if [ "$mode" = compose ]; then
    # shellcheck disable=SC2086
    ${COMPOSE:-docker compose} exec -T postgres pg_restore "$@"
  else
    pg_restore "$@"
  fi
}

# Sets `database`, and refuses what can't work: no client programs, ones older than the server, a server that does not answer.
open_database() {
  local server client
  if [ "$mode" = compose ]; then
    database=api_factory
  else
    read_database_url
    database=$connection
    for program in psql pg_dump pg_restore; do need "$program" 'install the client programs of Postgres (Debian: postgresql-client)'; done
  fi
  server=$(query 'show server_version_num') || fail 'the database does not answer; see the line above'
  [ "$mode" = compose ] && return 0
  client=$(pg_dump --version | sed -n 's/^pg_dump (PostgreSQL) \([0-9][0-9]*\).*/\1/p')
  [ "$client" -ge $((server / 10000)) ] ||
    fail "pg_dump is of version $client and the server of version $((server / 10000)); install the client programs of the server's version"
}

# is_sound FILE: whether it is a back-up of a database, with every byte as it was written. An archive of pg_dump has no checksum of its own.
is_sound() { gzip -dc "$1" 2>/dev/null | archive -f - 2>/dev/null | grep -c '^COPY api_factory\.migrations ' >/dev/null; }
