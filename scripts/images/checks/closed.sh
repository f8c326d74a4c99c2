# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# Nothing works before secrets were made. Sourced by scripts/verify-images.sh.
compose up -d postgres api web >"$scratch/up" 2>&1 || true
check 'a start without secrets names the file that is missing' grep -q -i -E 'deploy/secrets.*(no such file|not exist)' "$scratch/up"
check 'and nothing serves' test "$(engine ps -q --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.service=api --filter status=running | wc -l)" = 0
remove_stack

deploy/make-secrets.sh >/dev/null
before=$(cat deploy/secrets/* | sha256sum)
deploy/make-secrets.sh >/dev/null
equal 'secrets are made once' "$before" "$(cat deploy/secrets/* | sha256sum)"
equal 'others can’t enter the directory of the secrets' 700 "$(stat -c %a deploy/secrets)"
equal 'every secret is another' "$(find deploy/secrets -type f | wc -l)" "$(sha256sum deploy/secrets/* | cut -d' ' -f1 | sort -u | wc -l)"
operator_key=$(cat deploy/secrets/operator_key)
