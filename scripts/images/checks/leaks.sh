# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# No secret where it does not belong. Sourced by scripts/verify-images.sh.
key=$(curl -s -H "Authorization: Bearer $operator_key" -H 'content-type: application/json' -d '{"name":"leaks","plan":"starter"}' "$url/api/admin/keys" | sed 's/.*"key":"\([^"]*\)".*/\1/')
call() { curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $key" -H 'content-type: application/json' -d "$1" "$url/api/v1/actions"; }
equal 'a call, for the logs to have something to hide' 200 "$(call '{"action":"echo","payload":{}}')"
equal 'and one that is refused' 400 "$(call '{"action":')"

mkdir "$scratch/said"
for service in api web postgres; do
  engine logs "$(container "$service")" >"$scratch/said/$service.log" 2>&1
  engine inspect "$(container "$service")" >"$scratch/said/$service.json"
  # What a process was started with can be read by everybody on the host.
  inside "$service" sh -c 'for file in /proc/[0-9]*/cmdline /proc/1/environ; do tr "\0" " " <"$file" 2>/dev/null; echo; done' >"$scratch/said/$service.processes"
done
for name in api web; do engine history --no-trunc "localhost/api-factory/$name:verify" >"$scratch/said/$name.history"; done
curl -s -H "Authorization: Bearer $(cat deploy/secrets/metrics_token)" "$url/_api/metrics" >"$scratch/said/metrics"
equal 'the metrics are read with their token' yes "$(grep -q ^api_factory_build_info "$scratch/said/metrics" && echo yes)"
for secret in operator_key metrics_token postgres_password postgres_superuser_password; do
  equal "$secret is in no log, environment, argument, label or metric" '' "$(grep -rlF -- "$(cat "deploy/secrets/$secret")" "$scratch/said" || true)"
done
equal 'nor is the API key' '' "$(grep -rlF -- "$key" "$scratch/said" || true)"

# Without the packages of others, which are those of the lock file: their examples and tests hold addresses with passwords.
mkdir "$scratch/unpacked"
for name in api web; do
  id=$(engine create "localhost/api-factory/$name:verify")
  mkdir "$scratch/unpacked/$name"
  engine export "$id" | tar -x -C "$scratch/unpacked/$name" --exclude='proc/*' --exclude='dev/*' --exclude='app/node_modules/*' app usr/share/api-factory etc home root run srv tmp var 2>/dev/null || true
  engine rm -v "$id" >/dev/null
done
check 'both images were unpacked' test -f "$scratch/unpacked/api/app/dist/main.js" -a -f "$scratch/unpacked/web/usr/share/api-factory/index.html"
check 'the images hold no secret' node "$root/scripts/find-secrets.mjs" --dir "$scratch/unpacked"
