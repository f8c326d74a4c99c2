# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# The running stack. Sourced by scripts/verify-images.sh.

# Names the services, because podman-compose 1.0 ignores profiles and would start all.
compose up -d postgres api web >"$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }

# ready: waits up to 90 s until the api is ready.
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
  check "$service: does not run as root" test "$(inside "$service" id -u)" != 0
  # One error per file: the line of a file that could be created would be missing.
  equal "$service: its root file system is read-only" 3 "$(inside "$service" sh -c 'touch /usr/x 2>&1; touch /etc/x 2>&1; touch /x 2>&1' | grep -c 'Read-only file system')"
  equal "$service: has no capabilities" 0000000000000000 "$(inside "$service" sed -n 's/^CapEff:[[:space:]]*//p' /proc/1/status)"
  equal "$service: can’t gain privileges" 1 "$(inside "$service" sed -n 's/^NoNewPrivs:[[:space:]]*//p' /proc/1/status)"
done
for service in api postgres; do
  equal "$service: publishes no port" '' "$(engine port "$(container "$service")" | head -n 1)"
done
case $(engine port "$(container web)" | head -n 1) in
  *127.0.0.1:"$WEB_PORT") ok 'web: is published on the loopback address only' ;;
  *) fail 'web: is published on the loopback address only' ;;
esac
equal 'the product’s database role is not a superuser' f "$(inside postgres psql -U postgres -Atc "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = 'api_factory'")"
check 'doctor finds no problem' eval 'inside api api-factory doctor >"$scratch/doctor" 2>&1 || { cat "$scratch/doctor"; false; }'
