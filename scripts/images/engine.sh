# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# Sourced by scripts/verify-images.sh: docker where its engine runs, else podman, from Debian's packages where it has to be installed.
# Sets ENGINE, `composer` and BUILD_OPTIONS for images that need nothing from a registry.

use_engine() {
  if docker info >/dev/null 2>&1; then
    ENGINE=docker composer=(docker compose) BUILD_OPTIONS=()
    return
  fi
  install_podman
  ENGINE=podman composer=(podman-compose) BUILD_OPTIONS=(--pull=never --network=host --format docker)
  # As root in a machine that gives its containers little: no systemd, cgroups of version 1, low limits.
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
    echo "neither docker's engine nor ${missing[*]} is here; install docker, or run this as root on Debian" >&2
    exit 2
  fi
  echo "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# podman says on standard error, at every container, that there is no systemd for its health timers; health is asked for by hand here.
engine() {
  if [ "$ENGINE" = docker ]; then docker "$@"; else podman "$@" 2> >(grep -v -E 'unable to get systemd connection|failed to connect to syslog' >&2); fi
}

compose() { "${composer[@]}" -p "$project" "${files[@]}" "$@"; }

# The id of the container of a service.
container() { engine ps -aq --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1" | head -n 1; }

# inside SERVICE COMMAND …: in its container. Not by compose: podman-compose 1.0 talks, and gives every variable without a value as "None".
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
