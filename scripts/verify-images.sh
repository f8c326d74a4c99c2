#!/usr/bin/env bash
# Builds the images, runs the stack of compose.yaml with the billing sandbox, and checks it from
# outside and inside. Needs docker, or root on Debian: then podman is installed if it is missing, and
# base images are built if no registry is reachable (scripts/images/base-images.sh).
#   scripts/verify-images.sh             runs everything and removes the stack
#   scripts/verify-images.sh --keep      keeps the stack running and prints its address
# Exit code 1 when a check failed, 2 for wrong arguments or without a container engine.
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
# check WHAT COMMAND …: checks that a command succeeds.
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
The stack runs at $url; its operator key is in $scratch/source/deploy/secrets/operator_key. To inspect and remove it:
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

# Not with `compose down`: podman-compose 1.0 leaves networks behind.
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
    echo "--- last lines of $service"
    engine logs --tail 20 "$(container "$service")" 2>&1 || true
  done
}

# A copy of the tree without ignored files: this clone's secrets stay out of the copy, and the stack's
# secrets stay out of this clone.
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
  echo 'note  no image registry is reachable: building the base images from Debian and npm packages'
  scripts/images/base-images.sh
  local base=localhost/api-factory-stand-in
  NODE_IMAGE=$base/node:24-slim NGINX_IMAGE=$base/nginx:stable POSTGRES_IMAGE=$base/postgres:18 PROMETHEUS_IMAGE=$base/prometheus:stable
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
# Keys are free in the sandbox, so it runs only with a loopback address.
export BILLING=sandbox PUBLIC_URL=$url
checked='images closed running front billing load persistence watching backup leaks'
# The README's stack replaces the checked one, so --keep skips it.
[ -n "$keep" ] || checked="$checked readme"
for checks in $checked; do
  echo "--- $checks"
  # shellcheck source=/dev/null
  . "$root/scripts/images/checks/$checks.sh"
done
[ $failed = 0 ] && echo 'the images and the stack passed every check'
exit $failed
