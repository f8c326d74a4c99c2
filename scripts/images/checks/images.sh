# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# The images without the stack. Sourced by scripts/verify-images.sh.
for name in api web; do
  image=localhost/api-factory/$name:verify
  case $(engine image inspect -f '{{.Config.User}}' "$image") in
    '' | 0 | 0:* | root*) fail "$name: runs as root" ;;
    *) ok "$name: does not run as root" ;;
  esac
  check "$name: has a health check" test -n "$(engine image inspect -f '{{if .Config.Healthcheck}}yes{{end}}' "$image")"
  equal "$name: has its revision as a label" "$(git -C "$root" rev-parse HEAD)" "$(engine image inspect -f '{{index .Config.Labels "org.opencontainers.image.revision"}}' "$image")"
done
engine run --rm localhost/api-factory/api:verify >"$scratch/alone" 2>&1 && fail 'api: starts without a database' || true
check 'api: without DATABASE_URL it names the variable' grep -q 'set DATABASE_URL' "$scratch/alone"
