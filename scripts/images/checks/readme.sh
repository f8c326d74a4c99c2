# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# The README's compose block, verbatim except for the port. The images are rebuilt from the cache. Sourced by scripts/verify-images.sh.
remove_stack
rm -rf deploy/secrets
unset API_IMAGE WEB_IMAGE BILLING PUBLIC_URL
sed -n '/^```sh compose$/,/^```$/{/^```/d;p}' README.md | sed "s/8080/$WEB_PORT/g" >"$scratch/block"
check 'the README has a compose block' grep -q 'docker compose up' "$scratch/block"
sed -i "s/^WEB_PORT=.*/WEB_PORT=$WEB_PORT/" .env.production.example
export project
[ "$ENGINE" = docker ] || PATH="$root/scripts/images/bin:$PATH"
check 'the README’s compose block runs and its smoke test passes' eval 'COMPOSE_PROJECT_NAME=$project bash -euo pipefail "$scratch/block" >"$scratch/block.log" 2>&1 || { tail -40 "$scratch/block.log"; false; }'
equal 'the smoke test ran last' 'ok' "$(grep -E '^(ok|FAIL) ' "$scratch/block.log" | tail -n 1 | cut -d' ' -f1)"
