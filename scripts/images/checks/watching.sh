# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# Prometheus with its rules, and Grafana with docker only: Debian has no package to build its image from. Sourced by scripts/verify-images.sh.
compose up -d prometheus >"$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }
prometheus=http://127.0.0.1:$PROMETHEUS_PORT
# until_returns PATH TEXT: queries Prometheus for up to a minute until the response contains TEXT.
until_returns() {
  local tries=120
  until curl -s -m 5 "$prometheus$1" | grep -q "$2"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.5
  done
}
check 'Prometheus scrapes the metrics with the token' until_returns '/api/v1/query?query=up' '"value":\[[0-9.]*,"1"\]'
check 'Prometheus has the metrics' until_returns '/api/v1/query?query=api_factory_build_info' '"status":"success".*api_factory_build_info'
equal 'every alert is loaded' "$(grep -c -- '- alert:' deploy/prometheus/alerts.yml)" "$(curl -s "$prometheus/api/v1/rules" | grep -o '"type":"alerting"' | wc -l)"
check 'Prometheus does not run as root' test "$(inside prometheus id -u)" != 0
if [ "$ENGINE" = docker ]; then
  compose --profile observability up -d grafana >"$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }
  dashboards() { curl -s -m 5 -u "admin:$(cat deploy/secrets/grafana_password)" "http://127.0.0.1:$GRAFANA_PORT/api/search?type=dash-db" | grep -q 'api-factory-billing.*api-factory-gateway.*api-factory-metering\|api-factory-gateway'; }
  tries=60
  until dashboards || [ $tries = 0 ]; do tries=$((tries - 1)); sleep 1; done
  check 'Grafana has the dashboards' dashboards
  equal 'Grafana requires its password' 401 "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$GRAFANA_PORT/api/search")"
else
  echo 'note  Grafana was skipped: its image is not available here'
fi
