#!/bin/sh
# Makes the secrets that compose.yaml mounts, each a random one in a file of its own in deploy/secrets/. Never changes one that is there.
#   deploy/make-secrets.sh
set -eu

case ${1:-} in
  '') ;;
  *)
    echo "usage: $0
Writes what is missing of deploy/secrets/. Remove a file to have it made anew; docs/rotation.md says what else that takes." >&2
    [ "$1" = --help ] && exit 0
    exit 2
    ;;
esac

cd "$(dirname "$0")"
umask 077
mkdir -p secrets
# Others on this machine can't enter the directory. The files themselves are readable, because the users within the containers are not their owner.
chmod 700 secrets

# secret NAME VALUE: a whole file or none, readable in the container.
secret() {
  if [ -s "secrets/$1" ]; then
    echo "kept  deploy/secrets/$1"
    return
  fi
  printf '%s' "$2" >"secrets/.$1.new"
  chmod 444 "secrets/.$1.new"
  mv "secrets/.$1.new" "secrets/$1"
  echo "made  deploy/secrets/$1"
}

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
