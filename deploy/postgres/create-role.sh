#!/bin/sh
# Runs once, when the database server is created: a role that is no superuser, and its database. The password goes in by standard input, never as an argument.
set -eu

password=$(cat /run/secrets/postgres_password)
case $password in
  '' | *[!0-9A-Za-z]*)
    echo 'deploy/secrets/postgres_password must hold letters and digits alone; deploy/make-secrets.sh makes one. Then remove the volume postgres-data, which has nothing in it yet' >&2
    exit 1
    ;;
esac
psql -v ON_ERROR_STOP=1 --quiet --no-psqlrc --username "${POSTGRES_USER:-postgres}" --dbname postgres <<EOF
CREATE ROLE api_factory LOGIN PASSWORD '$password';
CREATE DATABASE api_factory OWNER api_factory;
REVOKE CONNECT ON DATABASE api_factory FROM PUBLIC;
EOF
