# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# Prometheus beside the stack, with the rules that it is given. Grafana is no package of Debian: where base images are made, it does not run. Sourced by scripts/verify-images.sh.
compose up -d prometheus >"$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }
prometheus=http://127.0.0.1:$PROMETHEUS_PORT
# asks PATH TEXT: until Prometheus answers with a text, for a minute.
asks() {
  local tries=120
  until curl -s -m 5 "$prometheus$1" | grep -q "$2"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.5
  done
}
check 'Prometheus reads the metrics with their token' asks '/api/v1/query?query=up' '"value":\[[0-9.]*,"1"\]'
check 'and has them' asks '/api/v1/query?query=api_factory_build_info' '"status":"success".*api_factory_build_info'
equal 'every alert is loaded' "$(grep -c -- '- alert:' deploy/prometheus/alerts.yml)" "$(curl -s "$prometheus/api/v1/rules" | grep -o '"type":"alerting"' | wc -l)"
check 'Prometheus is no root' test "$(inside prometheus id -u)" != 0
if [ "$ENGINE" = docker ]; then
  compose --profile observability up -d grafana >"$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }
  dashboards() { curl -s -m 5 -u "admin:$(cat deploy/secrets/grafana_password)" "http://127.0.0.1:$GRAFANA_PORT/api/search?type=dash-db" | grep -q 'api-factory-billing.*api-factory-gateway.*api-factory-metering\|api-factory-gateway'; }
  tries=60
  until dashboards || [ $tries = 0 ]; do tries=$((tries - 1)); sleep 1; done
  check 'Grafana has the dashboards' dashboards
  equal 'Grafana lets nobody in without its password' 401 "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$GRAFANA_PORT/api/search")"
else
  echo 'note  Grafana was not run: there is no image of it here'
fi
