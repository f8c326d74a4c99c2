# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# The stack does not start without secrets. Sourced by scripts/verify-images.sh.
compose up -d postgres api web >"$scratch/up" 2>&1 || true
check 'a start without secrets names the missing file' grep -q -i -E 'deploy/secrets.*(no such file|not exist)' "$scratch/up"
check 'the api does not run without secrets' test "$(engine ps -q --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.service=api --filter status=running | wc -l)" = 0
remove_stack

deploy/make-secrets.sh >/dev/null
before=$(cat deploy/secrets/* | sha256sum)
deploy/make-secrets.sh >/dev/null
equal 'existing secrets are kept' "$before" "$(cat deploy/secrets/* | sha256sum)"
equal 'other users can’t enter the directory of the secrets' 700 "$(stat -c %a deploy/secrets)"
equal 'no two secrets are equal' "$(find deploy/secrets -type f | wc -l)" "$(sha256sum deploy/secrets/* | cut -d' ' -f1 | sort -u | wc -l)"
operator_key=$(cat deploy/secrets/operator_key)
