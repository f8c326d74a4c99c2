#!/bin/sh
# Makes the secrets that compose.yaml mounts, each a random one in a file of its own in deploy/secrets/. Never changes one that is there, unless told which.
#   deploy/make-secrets.sh
#   openssl rand -hex 32 | deploy/make-secrets.sh --set operator_key
set -eu

usage() {
  cat >&2 <<'TEXT'
usage: deploy/make-secrets.sh [--set NAME]

Writes what is missing of deploy/secrets/, each secret a random one. Remove a file to have it made anew.

  --set NAME   writes the one secret deploy/secrets/NAME, new or in place of the old one; its value comes from standard input

examples:
  deploy/make-secrets.sh
  openssl rand -hex 32 | deploy/make-secrets.sh --set operator_key
  deploy/make-secrets.sh --set stripe_secret_key      then paste it, Enter, Ctrl-D

docs/rotation.md says what else a changed secret takes.
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
    echo "error: a secret's name has small letters and _ alone, like stripe_secret_key; it was $set_name" >&2
    exit 2
    ;;
esac

cd "$(dirname "$0")"
umask 077
mkdir -p secrets
# Others on this machine can't enter the directory. The files themselves are readable, because the users within the containers are not their owner.
chmod 700 secrets

# A run that was interrupted leaves no half of a secret.
trap 'rm -f "secrets/.$$.new"' EXIT
trap 'exit 1' INT TERM HUP

# secret NAME VALUE: a whole file or none, readable in the container. Of two runs at once, one makes it and the other keeps it.
secret() {
  if [ -e "secrets/$1" ] && [ ! -f "secrets/$1" ]; then
    echo "error: deploy/secrets/$1 is no file; some engines make a directory of what they miss. Remove it: rmdir deploy/secrets/$1" >&2
    exit 1
  fi
  if [ -s "secrets/$1" ]; then
    echo "kept  deploy/secrets/$1"
    return
  fi
  if [ ${#2} -lt 32 ]; then
    echo "error: deploy/secrets/$1 was not made: /dev/urandom gives nothing" >&2
    exit 1
  fi
  # An empty one is none. Without this question, one that another run made just now would go.
  if [ -e "secrets/$1" ] && [ ! -s "secrets/$1" ]; then rm -f "secrets/$1"; fi
  rm -f "secrets/.$$.new"
  printf '%s' "$2" >"secrets/.$$.new"
  chmod 444 "secrets/.$$.new"
  if ln "secrets/.$$.new" "secrets/$1" 2>/dev/null; then
    echo "made  deploy/secrets/$1"
  elif [ -s "secrets/$1" ]; then
    echo "kept  deploy/secrets/$1"
  else
    # A file system without links.
    mv "secrets/.$$.new" "secrets/$1"
    echo "made  deploy/secrets/$1"
  fi
}

# replace NAME: what standard input holds, without the line break at its end, in place of what is there.
replace() {
  value=$(cat)
  case $value in
    '' | *'
'*)
      echo "error: standard input must hold the one value of deploy/secrets/$1, in one line; nothing was changed" >&2
      exit 1
      ;;
  esac
  if [ -d "secrets/$1" ]; then
    echo "error: deploy/secrets/$1 is no file. Remove it: rmdir deploy/secrets/$1" >&2
    exit 1
  fi
  printf '%s' "$value" >"secrets/.$$.new"
  chmod 444 "secrets/.$$.new"
  mv -f "secrets/.$$.new" "secrets/$1"
  echo "set   deploy/secrets/$1; a container that runs keeps the old one until it is made again: docker compose up -d --force-recreate"
}

if [ -n "$set_name" ]; then
  replace "$set_name"
  exit 0
fi

random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

if [ -s secrets/database_url ] && [ ! -s secrets/postgres_password ]; then
  echo 'note  deploy/secrets/database_url is there and postgres_password is not: the password of your own database is not changed' >&2
fi
secret operator_key "$(random)"
secret metrics_token "$(random)"
secret grafana_password "$(random)"
secret postgres_superuser_password "$(random)"
secret postgres_password "$(random)"
secret database_url "postgres://api_factory:$(cat secrets/postgres_password)@postgres:5432/api_factory"
echo 'The operator key, which signs in at the console, is in deploy/secrets/operator_key.'
