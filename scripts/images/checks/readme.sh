# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# The README's block for compose, word by word but for the port; the images are built once more, from what is cached. Sourced by scripts/verify-images.sh.
remove_stack
rm -rf deploy/secrets
unset API_IMAGE WEB_IMAGE BILLING PUBLIC_URL
sed -n '/^```sh compose$/,/^```$/{/^```/d;p}' README.md | sed "s/8080/$WEB_PORT/g" >"$scratch/block"
check 'README has a block for compose' grep -q 'docker compose up' "$scratch/block"
sed -i "s/^WEB_PORT=.*/WEB_PORT=$WEB_PORT/" .env.production.example
export project
[ "$ENGINE" = docker ] || PATH="$root/scripts/images/bin:$PATH"
check 'it runs, and its smoke test passes' eval 'COMPOSE_PROJECT_NAME=$project bash -euo pipefail "$scratch/block" >"$scratch/block.log" 2>&1 || { tail -40 "$scratch/block.log"; false; }'
equal 'the smoke test was the last that ran' 'ok' "$(grep -E '^(ok|FAIL) ' "$scratch/block.log" | tail -n 1 | cut -d' ' -f1)"
