#!/bin/sh
# Runs once, when the database server is created. Creates an unprivileged role and its database. The
# password is passed on standard input, never as an argument.
set -eu

password=$(cat /run/secrets/postgres_password)
case $password in
  '' | *[!0-9A-Za-z]*)
    echo 'deploy/secrets/postgres_password must contain only letters and digits; deploy/make-secrets.sh generates such a password. Then remove the volume postgres-data, which is still empty' >&2
    exit 1
    ;;
esac
psql -v ON_ERROR_STOP=1 --quiet --no-psqlrc --username "${POSTGRES_USER:-postgres}" --dbname postgres <<EOF
CREATE ROLE api_factory LOGIN PASSWORD '$password';
CREATE DATABASE api_factory OWNER api_factory;
REVOKE CONNECT ON DATABASE api_factory FROM PUBLIC;
EOF
