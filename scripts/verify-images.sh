#!/usr/bin/env bash
# Builds the images, runs the stack of compose.yaml with the billing sandbox, and checks it from outside and from within. Needs docker, or root on Debian: then podman
# is installed where it is missing, and base images are made where no registry can be reached (scripts/images/base-images.sh).
#   scripts/verify-images.sh             everything, and removes the stack again
#   scripts/verify-images.sh --keep      leaves the stack running and says where
# Exit code 1 when a check failed, 2 when there is nothing to run it with.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

keep=''
case ${1:-} in
  '') ;;
  --keep) keep=yes ;;
  *)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"
    case $1 in -h | --help) exit 0 ;; esac
    exit 2
    ;;
esac

scratch=$(mktemp -d)
project=af-verify-$$
files=(-f compose.yaml)
failed=0
# shellcheck source=scripts/images/engine.sh
. scripts/images/engine.sh

ok() { echo "ok    $1"; }
fail() {
  failed=1
  echo "FAIL  $1"
}
# check WHAT COMMAND …: whether a command succeeds.
check() {
  local what=$1
  shift
  if "$@"; then ok "$what"; else fail "$what"; fi
}
equal() { if [ "$2" = "$3" ]; then ok "$1"; else fail "$1: expected $2, got $3"; fi; }

clean_up() {
  local code=$?
  [ "$code" = 0 ] && [ "$failed" = 0 ] || show_logs
  if [ -n "$keep" ] && [ "$code" = 0 ]; then
    cat <<EOF
The stack runs at $url, with its operator key in $scratch/source/deploy/secrets/operator_key. To look at it, and to remove it:
${CONTAINERS_CONF:+  export CONTAINERS_CONF=$CONTAINERS_CONF
}  label=com.docker.compose.project=$project
  $ENGINE ps --filter label=\$label
  $ENGINE rm -f -v \$($ENGINE ps -aq --filter label=\$label)
  $ENGINE volume rm \$($ENGINE volume ls -q --filter label=\$label)
  $ENGINE network rm \$($ENGINE network ls -q --filter label=\$label)
EOF
    return
  fi
  [ -z "${ENGINE:-}" ] || remove_stack
  rm -rf "$scratch"
}
trap clean_up EXIT

# Not by `compose down`: podman-compose 1.0 leaves networks behind.
remove_stack() {
  local kind ids label=label=com.docker.compose.project=$project
  ids=$(engine ps -aq --filter "$label")
  # shellcheck disable=SC2086
  [ -z "$ids" ] || engine rm -f -v $ids >/dev/null 2>&1 || true
  for kind in volume network; do
    ids=$(engine $kind ls -q --filter "$label")
    # shellcheck disable=SC2086
    [ -z "$ids" ] || engine $kind rm $ids >/dev/null 2>&1 || true
  done
}

show_logs() {
  [ -n "${ENGINE:-}" ] && [ -d "$scratch/source" ] || return 0
  for service in postgres api web prometheus; do
    [ -n "$(container "$service")" ] || continue
    echo "--- the last lines of $service"
    engine logs --tail 20 "$(container "$service")" 2>&1 || true
  done
}

# A copy of the tree without what git ignores: secrets of this clone stay out of it, and the stack's secrets out of this clone.
copy_tree() {
  mkdir "$scratch/source"
  git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do [ -e "$file" ] && printf '%s\0' "$file"; done |
    tar --null --files-from=- --create | tar --extract --directory "$scratch/source"
}

base_images() {
  export NODE_IMAGE=node:24-slim NGINX_IMAGE=nginx:stable POSTGRES_IMAGE=postgres:18 PROMETHEUS_IMAGE=prom/prometheus:v3.5.0
  [ "$ENGINE" = podman ] || return 0
  if timeout 20 podman pull -q "docker.io/library/$NODE_IMAGE" >/dev/null 2>&1; then
    NODE_IMAGE=docker.io/library/$NODE_IMAGE NGINX_IMAGE=docker.io/library/$NGINX_IMAGE POSTGRES_IMAGE=docker.io/library/$POSTGRES_IMAGE PROMETHEUS_IMAGE=docker.io/$PROMETHEUS_IMAGE
    podman pull -q "$NGINX_IMAGE" >/dev/null
    return
  fi
  echo 'note  no image registry can be reached: the base images are made from Debian and npm packages'
  scripts/images/base-images.sh
  local made=localhost/api-factory-stand-in
  NODE_IMAGE=$made/node:24-slim NGINX_IMAGE=$made/nginx:stable POSTGRES_IMAGE=$made/postgres:18 PROMETHEUS_IMAGE=$made/prometheus:stable
}

build() {
  local name=$1
  echo "building $name"
  engine build "${BUILD_OPTIONS[@]}" --build-arg "NODE_IMAGE=$NODE_IMAGE" --build-arg "NGINX_IMAGE=$NGINX_IMAGE" --build-arg VERSION=0.0.0-verify \
    --build-arg "REVISION=$(git -C "$root" rev-parse HEAD)" -f "deploy/$name.Dockerfile" -t "localhost/api-factory/$name:verify" . >"$scratch/build-$name.log" 2>&1 ||
    { tail -40 "$scratch/build-$name.log"; return 1; }
}

use_engine
echo "engine: $($ENGINE --version)"
copy_tree
base_images
cd "$scratch/source"
build api
build web
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
WEB_PORT=$(free_port) PROMETHEUS_PORT=$(free_port) GRAFANA_PORT=$(free_port)
export PROMETHEUS_PORT GRAFANA_PORT
export WEB_PORT API_IMAGE=localhost/api-factory/api:verify WEB_IMAGE=localhost/api-factory/web:verify
url=http://127.0.0.1:$WEB_PORT
# Nobody pays in the sandbox, so it runs only for an address of this machine.
export BILLING=sandbox PUBLIC_URL=$url
checked='images closed running front billing load persistence watching backup leaks'
# The README's stack takes the place of the one that was checked.
[ -n "$keep" ] || checked="$checked readme"
for checks in $checked; do
  echo "--- $checks"
  # shellcheck source=/dev/null
  . "$root/scripts/images/checks/$checks.sh"
done
[ $failed = 0 ] && echo 'the images and the stack passed every check'
exit $failed
