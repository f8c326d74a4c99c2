#!/bin/sh
# Deploys a version on a host, or rolls it back. Runs on that host; .github/workflows/deploy-staging.yml
# sends it there.
#   staging.sh deploy API_IMAGE WEB_IMAGE   unpacks incoming.tar.gz, pulls both images, starts them and waits until they are healthy
#   staging.sh confirm                      marks the running version as tested: later rollbacks return to it
#   staging.sh rollback                     returns to the last confirmed version
#   staging.sh status                       prints the running and the confirmed version
# Works in STAGING_DIR (default: $HOME/api-factory), which has .env, compose.yaml and deploy/. Both
# images are lines of .env, so that `docker compose` on the host uses the same version. A rollback
# restores images and files, not data: after a schema change the previous version refuses the
# database. Exit code 1 when a step failed, 2 for wrong arguments.
set -eu

WAIT_SECONDS=${WAIT_SECONDS:-180}

usage() {
  cat >&2 <<'TEXT'
usage: staging.sh deploy API_IMAGE WEB_IMAGE | confirm | rollback | status

  STAGING_DIR=/srv/api-factory staging.sh deploy ghcr.io/acme/api-factory-api:1.2.0 ghcr.io/acme/api-factory-web:1.2.0
  STAGING_DIR=/srv/api-factory staging.sh rollback

STAGING_DIR (default: $HOME/api-factory) needs a .env: a copy of .env.production.example. WAIT_SECONDS (default: 180) limits the time of a start.
TEXT
}

fail() {
  echo "error: $1" >&2
  exit 1
}

# Over ssh, standard input is this script, so no program may read from it.
compose() { docker compose "$@" </dev/null; }

# image_of NAME: its value in .env, or nothing.
image_of() { sed -n "s/^$1=//p" .env | tail -n 1; }

# No quotes and spaces, because the name is written to .env unquoted.
check_image() {
  case $1 in
    '' | -* | *[!A-Za-z0-9._:/@-]*) echo "error: $1 is not an image name" >&2; exit 2 ;;
  esac
}

# choose API_IMAGE WEB_IMAGE: replaces .env atomically, with the same mode.
choose() {
  cp -p .env .env.new
  # awk also ends the last line if an editor did not.
  awk '!/^(API|WEB)_IMAGE=/' .env >.env.new
  printf 'API_IMAGE=%s\nWEB_IMAGE=%s\n' "$1" "$2" >>.env.new
  mv .env.new .env
}

start() {
  if ! compose up -d --no-build --wait --wait-timeout "$WAIT_SECONDS"; then
    compose ps >&2 || true
    compose logs --no-color --tail 50 api web >&2 || true
    return 1
  fi
}

deploy() {
  check_image "$1"
  check_image "$2"
  [ -f .env ] || fail "there is no .env in $PWD: copy .env.production.example there and fill it in"
  [ -f incoming.tar.gz ] || fail "there is no incoming.tar.gz in $PWD: it contains compose.yaml and deploy/ of the version"
  # Unpacked separately first, so that a broken archive changes nothing.
  rm -rf incoming
  mkdir incoming
  tar -xzf incoming.tar.gz -C incoming
  if [ ! -f incoming/compose.yaml ] || [ ! -d incoming/deploy ]; then fail 'incoming.tar.gz does not contain compose.yaml and deploy/'; fi
  [ ! -e incoming/deploy/secrets ] || fail 'incoming.tar.gz contains secrets: those stay on the host'
  put incoming
  rm -rf incoming incoming.tar.gz
  deploy/make-secrets.sh >&2
  choose "$1" "$2"
  compose pull || fail "the images can't be pulled; if they are private, log this host in with docker login"
  start || fail "$1 did not become healthy within $WAIT_SECONDS s"
  echo "running $1"
}

# put DIRECTORY: replaces compose.yaml and deploy/ with those of DIRECTORY, except the secrets.
put() {
  mkdir -p deploy
  find deploy -mindepth 1 -maxdepth 1 ! -name secrets -exec rm -rf {} +
  cp -R "$1/deploy/." deploy/
  cp "$1/compose.yaml" compose.yaml
}

confirm() {
  if [ ! -f .env ] || [ ! -f compose.yaml ]; then fail "nothing is deployed in $PWD"; fi
  rm -rf confirmed.new
  mkdir -p confirmed.new/deploy
  find deploy -mindepth 1 -maxdepth 1 ! -name secrets -exec cp -R {} confirmed.new/deploy/ \;
  cp compose.yaml confirmed.new/
  # Written last: it marks confirmed.new as complete.
  printf 'API_IMAGE=%s\nWEB_IMAGE=%s\n' "$(image_of API_IMAGE)" "$(image_of WEB_IMAGE)" >confirmed.new/images
  rm -rf confirmed
  mv confirmed.new confirmed
  echo "confirmed $(image_of API_IMAGE)"
}

rollback() {
  # Completes a confirm that was interrupted between its last two steps.
  if [ ! -d confirmed ] && [ -f confirmed.new/images ]; then mv confirmed.new confirmed; fi
  if [ ! -f confirmed/images ]; then
    # Better no service than a version that failed its test. The database and the spool are kept.
    compose stop web || true
    fail 'no version is confirmed yet, so there is nothing to return to: web is stopped'
  fi
  api=$(sed -n 's/^API_IMAGE=//p' confirmed/images)
  web=$(sed -n 's/^WEB_IMAGE=//p' confirmed/images)
  put confirmed
  choose "$api" "$web"
  start || fail "$api, the previous version, did not become healthy; if the failed version changed the schema, restore a backup"
  echo "rolled back to $api"
}

status() {
  echo "chosen    $(image_of API_IMAGE)"
  echo "confirmed $(sed -n 's/^API_IMAGE=//p' confirmed/images 2>/dev/null)"
  compose ps
}

# A function, so that the shell reads the whole script before it runs the first program.
main() {
  case ${1:-}:$# in
    deploy:3 | confirm:1 | rollback:1 | status:1) ;;
    --help:* | -h:*) usage; exit 0 ;;
    *) usage; exit 2 ;;
  esac
  command -v docker >/dev/null || fail 'docker is not installed on this host'
  directory=${STAGING_DIR:-$HOME/api-factory}
  cd "$directory" 2>/dev/null || fail "there is no $directory: create it with a .env"
  case $1 in
    deploy) deploy "$2" "$3" ;;
    confirm) confirm ;;
    rollback) rollback ;;
    status) status ;;
  esac
}

main "$@"
exit
