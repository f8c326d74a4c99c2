# shellcheck shell=bash
# Sourced by backup.sh and restore.sh, which set `mode`: url, compose or data.
# shellcheck disable=SC2154

# The advisory lock that a running product holds on its database; see packages/control/src/store/instance-lock.ts.
# shellcheck disable=SC2034
INSTANCE_LOCK=4702112

fail() {
  echo "${0##*/}: $1" >&2
  exit "${2:-1}"
}

need() { command -v "$1" >/dev/null || fail "$1 is not installed; $2"; }

decode_percent() {
  local text=${1//\\/\\\\}
  printf '%b' "${text//%/\\x}"
}

# Sets `connection` to the connection string without its password, which is exported as PGPASSWORD:
# every user of the machine can see arguments.
read_database_url() {
  local url rest userinfo
  if [ -n "${DATABASE_URL_FILE:-}" ]; then
    [ -z "${DATABASE_URL:-}" ] || fail 'DATABASE_URL and DATABASE_URL_FILE are both set; set only one' 2
    [ -r "$DATABASE_URL_FILE" ] || fail "DATABASE_URL_FILE: $DATABASE_URL_FILE can't be read" 2
    url=$(cat "$DATABASE_URL_FILE")
  else
    url=${DATABASE_URL:-}
  fi
  unset DATABASE_URL
  case $url in
    '') fail 'no database given; set DATABASE_URL or DATABASE_URL_FILE, or use --compose or --data-dir' 2 ;;
    postgres://* | postgresql://*) ;;
    *) fail 'DATABASE_URL is not a connection string; write postgres://user:password@host:5432/database' 2 ;;
  esac
  # A parameter name after ? may be percent-encoded.
  if [[ $url =~ [?\&](ssl)?password= || $url =~ [?\&][^=\&]*%[^=\&]*= ]]; then
    fail 'DATABASE_URL has a password or a percent-encoded name after ?; write it as postgres://user:password@host:5432/database' 2
  fi
  rest=${url#*://}
  userinfo=${rest%%[/?]*}
  # The client programs would take the rest of the password for the database name and expose it as an
  # argument.
  case ${rest#"$userinfo"} in
    *@*) fail 'DATABASE_URL has an @ after its host; in a password write / as %2F, ? as %3F and @ as %40' 2 ;;
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

# hold SCRIPT …: runs a bash script with the data directory as its first argument while no product can
# use the directory. Returns its exit code.
hold() {
  local code=0
  need node 'it is needed to lock the data directory'
  # shellcheck disable=SC2016
  node "$here/backup/hold-directory.mjs" "$data_dir" bash -c '[ ! -e "$1/postgres/postmaster.pid" ] || exit 76; '"$1" hold "$data_dir" "${@:2}" || code=$?
  case $code in
    75) fail "a product uses $data_dir; stop it first" ;;
    76) fail "the embedded database in $data_dir runs, or did not stop cleanly; start the product there and stop it with SIGTERM" ;;
  esac
  return $code
}

# tool NAME ARGUMENT…: runs a client program, here or in the postgres container of the compose stack.
# The database is its last argument.
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

# query SQL: prints the result without formatting.
query() { tool psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1" "$database" </dev/null; }

# archive ARGUMENT…: pg_restore without a database; reads the archive from standard input.
archive() {
  if [ "$mode" = compose ]; then
    # shellcheck disable=SC2086
    ${COMPOSE:-docker compose} exec -T postgres pg_restore "$@"
  else
    pg_restore "$@"
  fi
}

# Sets `database`. Fails if the server does not respond, or if the client programs are missing or
# older than the server.
open_database() {
  local server client
  if [ "$mode" = compose ]; then
    database=api_factory
  else
    read_database_url
    database=$connection
    for program in psql pg_dump pg_restore; do need "$program" 'install the client programs of Postgres (Debian: postgresql-client)'; done
  fi
  server=$(query 'show server_version_num') || fail 'the database does not respond; see the line above'
  [ "$mode" = compose ] && return 0
  client=$(pg_dump --version | sed -n 's/^pg_dump (PostgreSQL) \([0-9][0-9]*\).*/\1/p')
  [ "$client" -ge $((server / 10000)) ] ||
    fail "pg_dump has version $client, the server version $((server / 10000)); install the client programs of the server's version"
}

# is_sound FILE: whether it is an intact backup of a database. gzip's checksum covers every byte; an
# archive of pg_dump has none.
is_sound() { gzip -dc "$1" 2>/dev/null | archive -f - 2>/dev/null | grep -c '^COPY api_factory\.migrations ' >/dev/null; }
