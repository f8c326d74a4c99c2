#!/bin/sh
# Moves one host from version to version, and back. Runs on that host; .github/workflows/deploy-staging.yml sends it there.
#   staging.sh deploy API_IMAGE WEB_IMAGE   unpacks incoming.tar.gz, pulls both images, starts them and waits until they are healthy
#   staging.sh confirm                      what runs has passed its test: later roll-backs come back to it
#   staging.sh rollback                     back to what was confirmed last
#   staging.sh status                       says what runs and what was confirmed
# Works in STAGING_DIR (default: $HOME/api-factory), which holds .env, compose.yaml and deploy/. Both images are kept as two lines of .env, so that
# `docker compose` typed on the host means the same version. A roll-back brings back images and files, not data: a version that changed the schema
# leaves a database that the version before refuses. Exit code 1 when a step failed, 2 for wrong arguments.
set -eu

WAIT_SECONDS=${WAIT_SECONDS:-180}

usage() {
  cat >&2 <<'TEXT'
usage: staging.sh deploy API_IMAGE WEB_IMAGE | confirm | rollback | status

  STAGING_DIR=/srv/api-factory staging.sh deploy ghcr.io/acme/api-factory-api:1.2.0 ghcr.io/acme/api-factory-web:1.2.0
  STAGING_DIR=/srv/api-factory staging.sh rollback

STAGING_DIR (default: $HOME/api-factory) needs a .env: a copy of .env.production.example. WAIT_SECONDS (180) is how long a start may take.
TEXT
}

fail() {
  echo "error: $1" >&2
  exit 1
}

# Standard input is this script when it comes over ssh: no program may read from it.
compose() { docker compose "$@" </dev/null; }

# image_of NAME: its value in .env, or nothing.
image_of() { sed -n "s/^$1=//p" .env | tail -n 1; }

# Neither a quote nor a space: a name goes into .env as it is.
check_image() {
  case $1 in
    '' | -* | *[!A-Za-z0-9._:/@-]*) echo "error: $1 is no name of an image" >&2; exit 2 ;;
  esac
}

# choose API_IMAGE WEB_IMAGE: a whole new .env or the old one, with the same mode.
choose() {
  cp -p .env .env.new
  # Ends the last line too, where an editor did not.
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
  [ -f incoming.tar.gz ] || fail "there is no incoming.tar.gz in $PWD: it holds compose.yaml and deploy/ of the version"
  # Unpacked beside what is there first: a broken archive changes nothing.
  rm -rf incoming
  mkdir incoming
  tar -xzf incoming.tar.gz -C incoming
  if [ ! -f incoming/compose.yaml ] || [ ! -d incoming/deploy ]; then fail 'incoming.tar.gz does not hold compose.yaml and deploy/'; fi
  [ ! -e incoming/deploy/secrets ] || fail 'incoming.tar.gz holds secrets: those stay on the host'
  put incoming
  rm -rf incoming incoming.tar.gz
  deploy/make-secrets.sh >&2
  choose "$1" "$2"
  compose pull || fail "the images can't be pulled; if they are private, log this host in with docker login"
  start || fail "$1 did not get healthy within $WAIT_SECONDS s"
  echo "running $1"
}

# put DIRECTORY: its compose.yaml and deploy/ become the ones that count. Secrets stay where they are.
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
  # Last: with it, confirmed.new is whole.
  printf 'API_IMAGE=%s\nWEB_IMAGE=%s\n' "$(image_of API_IMAGE)" "$(image_of WEB_IMAGE)" >confirmed.new/images
  rm -rf confirmed
  mv confirmed.new confirmed
  echo "confirmed $(image_of API_IMAGE)"
}

rollback() {
  # A confirm that was cut off between its last two steps.
  if [ ! -d confirmed ] && [ -f confirmed.new/images ]; then mv confirmed.new confirmed; fi
  if [ ! -f confirmed/images ]; then
    # Better nothing than something that failed its test. The database and the spool stay.
    compose stop web || true
    fail 'no version was confirmed yet, there is nothing to go back to: web is stopped'
  fi
  api=$(sed -n 's/^API_IMAGE=//p' confirmed/images)
  web=$(sed -n 's/^WEB_IMAGE=//p' confirmed/images)
  put confirmed
  choose "$api" "$web"
  start || fail "$api, which ran before, does not get healthy any more; if the failed version changed the schema, restore a back-up"
  echo "back to $api"
}

status() {
  echo "chosen    $(image_of API_IMAGE)"
  echo "confirmed $(sed -n 's/^API_IMAGE=//p' confirmed/images 2>/dev/null)"
  compose ps
}

# A function, so that the shell has read all of it before the first program runs.
main() {
  case ${1:-}:$# in
    deploy:3 | confirm:1 | rollback:1 | status:1) ;;
    --help:* | -h:*) usage; exit 0 ;;
    *) usage; exit 2 ;;
  esac
  command -v docker >/dev/null || fail 'docker is not installed on this host'
  directory=${STAGING_DIR:-$HOME/api-factory}
  cd "$directory" 2>/dev/null || fail "there is no $directory: make it, with a .env in it"
  case $1 in
    deploy) deploy "$2" "$3" ;;
    confirm) confirm ;;
    rollback) rollback ;;
    status) status ;;
  esac
}

main "$@"
exit
