# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# Data outlives its containers. Sourced by scripts/verify-images.sh.
keys() { curl -s -H "Authorization: Bearer $operator_key" "$url/api/admin/keys?limit=100" | sed 's/"meta".*//'; }
before=$(keys)
# All at once: the api may lose its database while it stops.
engine rm -f "$(container web)" "$(container api)" "$(container postgres)" >/dev/null 2>&1
compose up -d postgres api web >"$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }
check 'the stack starts again from its volumes' ready
equal 'no key is lost' "$before" "$(keys)"

engine rm -f "$(container api)" >/dev/null
equal 'without the api, nginx returns a problem' '503 application/problem+json' "$(status "$url/api/v1/hello/ping" | cut -d';' -f1)"
equal 'without the api, the console is served' 200 "$(status -H 'accept: text/html' "$url/" | cut -d' ' -f1)"
compose up -d api >"$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }
check 'nginx finds a replaced api' ready
