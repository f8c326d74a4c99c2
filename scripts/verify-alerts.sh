#!/usr/bin/env bash
# Checks the monitoring: configuration, rules and rule tests with promtool; then starts the product
# and a Prometheus that scrapes it, and runs every query of the rules and dashboards.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/verify-alerts.sh [--rules]

  --rules   run only the checks that need no product: configuration, rules, rule tests

Needs promtool, prometheus and curl. As root on Debian it installs the package prometheus if it is missing, without starting its service.
The product runs on a free port with an empty data directory and the billing sandbox, and is stopped at the end.

examples:
  scripts/verify-alerts.sh
  scripts/verify-alerts.sh --rules
  FROM_PORT=19200 scripts/verify-alerts.sh     ports from 19200 on instead of free ones
TEXT
}

only_rules=''
case "${1:-}" in
  '') ;;
  --rules) only_rules=yes ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=$(mktemp -d)
pids=()

clean_up() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$scratch"
}
trap clean_up EXIT

# fail MESSAGE [LOG]: prints the message and the end of the log.
fail() {
  echo "$1" >&2
  [ -z "${2:-}" ] || tail -n 20 "$2" >&2
  exit 1
}

install_prometheus() {
  command -v promtool >/dev/null && command -v prometheus >/dev/null && return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    fail 'promtool and prometheus are missing: install the Debian package prometheus (apt-get install prometheus), or put both into PATH'
  fi
  # A temporary policy keeps the package from starting its service.
  local policy=/usr/sbin/policy-rc.d created=''
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    created=yes
  fi
  local installed=yes
  { DEBIAN_FRONTEND=noninteractive apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends prometheus >/dev/null; } || installed=''
  [ -z "$created" ] || rm -f "$policy"
  [ -n "$installed" ] || fail 'the package prometheus could not be installed; see the lines above'
}

token=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')

# configure PORT: copies the configuration with another token path, target and scrape interval.
configure() {
  (umask 077 && printf '%s' "$token" >"$scratch/token")
  cp deploy/prometheus/alerts.yml "$scratch/alerts.yml"
  sed -e "s|/run/secrets/metrics_token|$scratch/token|" -e "s|api:8787|127.0.0.1:${1}|" -e 's/_interval: 15s/_interval: 1s/' -e 's/scrape_timeout: 10s/scrape_timeout: 1s/' \
    deploy/prometheus/prometheus.yml >"$scratch/prometheus.yml"
  grep -q "credentials_file: $scratch/token" "$scratch/prometheus.yml" || fail 'deploy/prometheus/prometheus.yml does not read its token from /run/secrets/metrics_token'
  grep -q "127.0.0.1:${1}" "$scratch/prometheus.yml" || fail 'deploy/prometheus/prometheus.yml does not scrape api:8787'
}

# Free ports for the product and Prometheus. The sandbox takes the port after the product's.
choose_ports() {
  if [ -n "${FROM_PORT:-}" ]; then
    product_port=$FROM_PORT
    prometheus_port=$((FROM_PORT + 2))
    return
  fi
  read -r product_port prometheus_port < <(node -e '
    const { createServer } = require("node:net");
    const servers = [1, 2].map(() => createServer().listen(0, "127.0.0.1"));
    setTimeout(() => { console.log(servers.map((one) => one.address().port).join(" ")); for (const one of servers) one.close(); }, 50);')
}

# until_answers URL WHAT PID LOG: waits up to a minute until the URL responds.
until_answers() {
  local tries=300
  until curl -sf -o "$scratch/answer" "$1"; do
    tries=$((tries - 1))
    if [ $tries -le 0 ] || ! kill -0 "$3" 2>/dev/null; then fail "$2 did not start" "$4"; fi
    sleep 0.2
  done
}

start_product() {
  local key
  key=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
  # With a proxy configured, loopback is not trusted: the scrape needs the token, as in production.
  TRUSTED_PROXY_HOPS=1 PUBLIC_URL=http://127.0.0.1:$product_port PORT=$product_port API_FACTORY_DATA_DIR=$scratch/data API_FACTORY_ADMIN_KEY=$key METRICS_TOKEN=$token BILLING=sandbox \
    node --import tsx apps/api-cli/src/main.ts serve >"$scratch/product.log" 2>&1 &
  pids+=($!)
  until_answers "http://127.0.0.1:$product_port/_api/readyz" 'the product' $! "$scratch/product.log"
  export API_FACTORY_ADMIN_KEY=$key
}

start_prometheus() {
  prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/tsdb" --web.listen-address="127.0.0.1:$prometheus_port" \
    --log.level=warn >"$scratch/prometheus.log" 2>&1 &
  pids+=($!)
  until_answers "http://127.0.0.1:$prometheus_port/-/ready" 'Prometheus' $! "$scratch/prometheus.log"
}

install_prometheus
echo '--- rules'
configure 8787
promtool check config "$scratch/prometheus.yml"
promtool check rules deploy/prometheus/alerts.yml
promtool test rules deploy/prometheus/tests/*.yml
[ -z "$only_rules" ] || exit 0

echo '--- a running product'
choose_ports
configure "$product_port"
start_product
start_prometheus
# Two rounds, so that Prometheus sees counters grow: an exhausted quota, a purchase, failed payments.
for _ in 1 2; do
  sleep 3
  scripts/smoke.sh "http://127.0.0.1:$product_port" >"$scratch/smoke.log" 2>&1 || fail 'the smoke test failed' "$scratch/smoke.log"
done

echo '--- exposition'
printf 'header = "Authorization: Bearer %s"\n' "$token" >"$scratch/auth"
page="http://127.0.0.1:$product_port/_api/metrics"
curl -sSf -K "$scratch/auth" "$page" >"$scratch/page.txt"
promtool check metrics <"$scratch/page.txt"
echo "Prometheus text: $(grep -c '^# TYPE' "$scratch/page.txt") metrics, promtool reports no problem"
grep -q '^# EOF' <(curl -sSf -K "$scratch/auth" -H 'accept: application/openmetrics-text' "$page") || fail 'OpenMetrics was requested but not returned'
echo 'OpenMetrics: returned; Prometheus scrapes this format below'
status=$(curl -sS -o "$scratch/answer" -w '%{http_code}' "$page")
[ "$status" = 401 ] || fail "metrics returned $status without the token, expected 401"

echo '--- queries'
node scripts/alerts/queries.mjs "http://127.0.0.1:$prometheus_port"
