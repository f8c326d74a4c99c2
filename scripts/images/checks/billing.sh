# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# The smoke test, including its purchase in the sandbox. Sourced by scripts/verify-images.sh.
check 'smoke test' eval 'API_FACTORY_ADMIN_KEY=$operator_key scripts/smoke.sh "$url" >"$scratch/smoke"; code=$?; sed "s/^/      /" "$scratch/smoke"; [ $code = 0 ]'
check 'the smoke test bought a key' grep -q '^ok    the bought key works' "$scratch/smoke"
