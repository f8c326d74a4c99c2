# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# The stack as it runs. Sourced by scripts/verify-images.sh.

# Services by name: podman-compose 1.0 knows no profiles and would start all.
compose up -d postgres api web >"$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }

# ready: waits until the api takes calls, for a minute and a half.
ready() {
  local tries=180
  until [ "$(curl -s -o /dev/null -m 5 -w '%{http_code}' "$url/_api/readyz")" = 200 ]; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.5
  done
}
ready || { fail 'the api is ready'; exit 1; }
ok 'the api is ready'

for service in api web; do
  check "$service: the health check passes" health "$service"
  check "$service: is no root" test "$(inside "$service" id -u)" != 0
  # Every file is refused: had one been made, its line would be missing.
  equal "$service: its root file system is read-only" 3 "$(inside "$service" sh -c 'touch /usr/x 2>&1; touch /etc/x 2>&1; touch /x 2>&1' | grep -c 'Read-only file system')"
  equal "$service: has no capability" 0000000000000000 "$(inside "$service" sed -n 's/^CapEff:[[:space:]]*//p' /proc/1/status)"
  equal "$service: can gain no privilege" 1 "$(inside "$service" sed -n 's/^NoNewPrivs:[[:space:]]*//p' /proc/1/status)"
done
for service in api postgres; do
  equal "$service: publishes no port" '' "$(engine port "$(container "$service")" | head -n 1)"
done
case $(engine port "$(container web)" | head -n 1) in
  *127.0.0.1:"$WEB_PORT") ok 'web: is published on the loopback address alone' ;;
  *) fail 'web: is published on the loopback address alone' ;;
esac
equal 'the product is no superuser of its database' f "$(inside postgres psql -U postgres -Atc "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = 'api_factory'")"
check 'doctor finds nothing' eval 'inside api api-factory doctor >"$scratch/doctor" 2>&1 || { cat "$scratch/doctor"; false; }'
