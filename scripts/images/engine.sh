# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# Sourced by scripts/verify-images.sh. Uses docker if its engine runs, else podman, which is installed
# from Debian's packages if it is missing. Sets ENGINE, `composer` and BUILD_OPTIONS.

use_engine() {
  if docker info >/dev/null 2>&1; then
    ENGINE=docker composer=(docker compose) BUILD_OPTIONS=()
    return
  fi
  install_podman
  ENGINE=podman composer=(podman-compose) BUILD_OPTIONS=(--pull=never --network=host --format docker)
  # For root in a restricted environment: no systemd, cgroups v1, low limits.
  cat >"$scratch/containers.conf" <<'EOF'
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
default_ulimits = ["nofile=10000:10000", "nproc=1000:1000"]
[network]
network_backend = "netavark"
EOF
  export CONTAINERS_CONF="$scratch/containers.conf"
}

install_podman() {
  local program missing=()
  for program in podman buildah runc iptables podman-compose mmdebstrap; do command -v "$program" >/dev/null || missing+=("$program"); done
  [ -x /usr/lib/podman/netavark ] || missing+=(netavark aardvark-dns)
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "docker is not running, and these are missing: ${missing[*]}. Install docker, or run this as root on Debian" >&2
    exit 2
  fi
  echo "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Drops podman's warnings that health timers need systemd: `health` below runs the checks itself.
engine() {
  if [ "$ENGINE" = docker ]; then docker "$@"; else podman "$@" 2> >(grep -v -E 'unable to get systemd connection|failed to connect to syslog' >&2); fi
}

compose() { "${composer[@]}" -p "$project" "${files[@]}" "$@"; }

# The id of the container of a service.
container() { engine ps -aq --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1" | head -n 1; }

# inside SERVICE COMMAND …: runs a command in the service's container. Not with compose:
# podman-compose 1.0 adds output of its own and sets variables without a value to "None".
inside() {
  local service=$1
  shift
  engine exec -i "$(container "$service")" "$@" </dev/null
}

# health SERVICE: whether the image's own health check passes, within a minute.
health() {
  local tries=60
  until [ $tries = 0 ]; do
    if [ "$ENGINE" = docker ]; then
      [ "$(docker inspect -f '{{.State.Health.Status}}' "$(container "$1")")" = healthy ] && return
    else
      engine healthcheck run "$(container "$1")" >/dev/null 2>&1 && return
    fi
    tries=$((tries - 1))
    sleep 1
  done
  return 1
}
