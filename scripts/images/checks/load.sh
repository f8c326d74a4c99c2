# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# SIGTERM under load. Sourced by scripts/verify-images.sh.
node "$root/scripts/images/stop-under-load.mjs" "$url" deploy/secrets/operator_key \
  "$ENGINE stop -t 40 $(container api) >/dev/null 2>&1" "$ENGINE start $(container api) >/dev/null 2>&1" || failed=1
equal 'the stop was clean' 0 "$(engine inspect -f '{{.State.ExitCode}}' "$(container api)")"
