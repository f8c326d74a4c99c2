# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# No secret leaks. Sourced by scripts/verify-images.sh.
key=$(curl -s -H "Authorization: Bearer $operator_key" -H 'content-type: application/json' -d '{"name":"leaks","plan":"starter"}' "$url/api/admin/keys" | sed 's/.*"key":"\([^"]*\)".*/\1/')
call() { curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $key" -H 'content-type: application/json' -d "$1" "$url/api/v1/actions"; }
equal 'a call with a key succeeds' 200 "$(call '{"action":"echo","payload":{}}')"
equal 'an invalid call is refused' 400 "$(call '{"action":')"

mkdir "$scratch/captured"
for service in api web postgres; do
  engine logs "$(container "$service")" >"$scratch/captured/$service.log" 2>&1
  engine inspect "$(container "$service")" >"$scratch/captured/$service.json"
  # Everybody on the host can read the arguments of a process.
  inside "$service" sh -c 'for file in /proc/[0-9]*/cmdline /proc/1/environ; do tr "\0" " " <"$file" 2>/dev/null; echo; done' >"$scratch/captured/$service.processes"
done
for name in api web; do engine history --no-trunc "localhost/api-factory/$name:verify" >"$scratch/captured/$name.history"; done
curl -s -H "Authorization: Bearer $(cat deploy/secrets/metrics_token)" "$url/_api/metrics" >"$scratch/captured/metrics"
equal 'the metrics can be read with the token' yes "$(grep -q ^api_factory_build_info "$scratch/captured/metrics" && echo yes)"
for secret in operator_key metrics_token postgres_password postgres_superuser_password; do
  equal "$secret is in no log, environment, argument, label or metric" '' "$(grep -rlF -- "$(cat "deploy/secrets/$secret")" "$scratch/captured" || true)"
done
equal 'the API key is in none of them either' '' "$(grep -rlF -- "$key" "$scratch/captured" || true)"

# Without dependencies, which the lock file pins: their examples and tests contain URLs with passwords.
mkdir "$scratch/unpacked"
for name in api web; do
  id=$(engine create "localhost/api-factory/$name:verify")
  mkdir "$scratch/unpacked/$name"
  engine export "$id" | tar -x -C "$scratch/unpacked/$name" --exclude='proc/*' --exclude='dev/*' --exclude='app/node_modules/*' app usr/share/api-factory etc home root run srv tmp var 2>/dev/null || true
  engine rm -v "$id" >/dev/null
done
check 'both images were unpacked' test -f "$scratch/unpacked/api/app/dist/main.js" -a -f "$scratch/unpacked/web/usr/share/api-factory/index.html"
check 'the images contain no secret' node "$root/scripts/find-secrets.mjs" --dir "$scratch/unpacked"
