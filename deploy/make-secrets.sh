#!/bin/sh
# Generates the random secrets that compose.yaml mounts, one file each in deploy/secrets/. Never
# changes an existing one, except with --set.
#   deploy/make-secrets.sh
#   openssl rand -hex 32 | deploy/make-secrets.sh --set operator_key
set -eu

usage() {
  cat >&2 <<'TEXT'
usage: deploy/make-secrets.sh [--set NAME]

Generates the missing secrets in deploy/secrets/. Remove a file to generate it again.

  --set NAME   write only the secret deploy/secrets/NAME, new or replaced, with the value from standard input

examples:
  deploy/make-secrets.sh
  openssl rand -hex 32 | deploy/make-secrets.sh --set operator_key
  deploy/make-secrets.sh --set stripe_secret_key      then paste it, Enter, Ctrl-D

docs/rotation.md lists what else a changed secret requires.
TEXT
}

set_name=''
case $#:${1:-} in
  0:) ;;
  2:--set) set_name=$2 ;;
  1:--help | 1:-h) usage; exit 0 ;;
  *) usage; exit 2 ;;
esac
case $set_name in
  *[!a-z_]*)
    echo "error: a secret's name has only lowercase letters and _, like stripe_secret_key, not $set_name" >&2
    exit 2
    ;;
esac

cd "$(dirname "$0")"
umask 077
mkdir -p secrets
# Other users can't enter the directory. The files themselves are world-readable, because the users in
# the containers don't own them.
chmod 700 secrets

# An interrupted run leaves no partial secret.
trap 'rm -f "secrets/.$$.new"' EXIT
trap 'exit 1' INT TERM HUP

# secret NAME VALUE: writes the file atomically, readable in the container. Of two concurrent runs, one
# creates it and the other keeps it.
secret() {
  if [ -e "secrets/$1" ] && [ ! -f "secrets/$1" ]; then
    echo "error: deploy/secrets/$1 is not a file; some engines create a directory for a missing file. Remove it: rmdir deploy/secrets/$1" >&2
    exit 1
  fi
  if [ -s "secrets/$1" ]; then
    echo "kept     deploy/secrets/$1"
    return
  fi
  if [ ${#2} -lt 32 ]; then
    echo "error: deploy/secrets/$1 was not created: /dev/urandom returned no data" >&2
    exit 1
  fi
  # An empty file counts as missing. Checked again, so that a secret from a concurrent run is not removed.
  if [ -e "secrets/$1" ] && [ ! -s "secrets/$1" ]; then rm -f "secrets/$1"; fi
  rm -f "secrets/.$$.new"
  printf '%s' "$2" >"secrets/.$$.new"
  chmod 444 "secrets/.$$.new"
  if ln "secrets/.$$.new" "secrets/$1" 2>/dev/null; then
    echo "created  deploy/secrets/$1"
  elif [ -s "secrets/$1" ]; then
    echo "kept     deploy/secrets/$1"
  else
    # A file system without hard links.
    mv "secrets/.$$.new" "secrets/$1"
    echo "created  deploy/secrets/$1"
  fi
}

# replace NAME: replaces the secret with standard input, without its trailing line break.
replace() {
  value=$(cat)
  case $value in
    '' | *'
'*)
      echo "error: standard input must be the value of deploy/secrets/$1 on one line; nothing was changed" >&2
      exit 1
      ;;
  esac
  if [ -d "secrets/$1" ]; then
    echo "error: deploy/secrets/$1 is not a file. Remove it: rmdir deploy/secrets/$1" >&2
    exit 1
  fi
  printf '%s' "$value" >"secrets/.$$.new"
  chmod 444 "secrets/.$$.new"
  mv -f "secrets/.$$.new" "secrets/$1"
  echo "set      deploy/secrets/$1; running containers keep the old one until they are recreated: docker compose up -d --force-recreate"
}

if [ -n "$set_name" ]; then
  replace "$set_name"
  exit 0
fi

random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

if [ -s secrets/database_url ] && [ ! -s secrets/postgres_password ]; then
  echo 'note  deploy/secrets/database_url exists and postgres_password does not: the password of your own database is not changed' >&2
fi
secret operator_key "$(random)"
secret metrics_token "$(random)"
secret grafana_password "$(random)"
secret postgres_superuser_password "$(random)"
secret postgres_password "$(random)"
secret database_url "postgres://api_factory:$(cat secrets/postgres_password)@postgres:5432/api_factory"
echo 'The operator key for signing in to the console is in deploy/secrets/operator_key.'
