#!/bin/sh
# Writes the api's address and the resolver for nginx, then execs nginx. The name server's address
# differs between container engines.
set -eu

case ${API_UPSTREAM:-} in
  http://* | https://*) ;;
  *)
    echo "API_UPSTREAM is \"${API_UPSTREAM:-}\"; it must be the api's URL, for example http://api:8787" >&2
    exit 1
    ;;
esac
# With a trailing /, nginx would drop the request's path.
upstream=${API_UPSTREAM%/}
# Only the first: nginx queries all of them in turn, and those of the host can't resolve the api.
server=$(awk '$1 == "nameserver" { print ($2 ~ /:/ ? "[" $2 "]" : $2); exit }' /etc/resolv.conf)
if [ -z "$server" ]; then
  echo '/etc/resolv.conf has no name server: the api can’t be resolved' >&2
  exit 1
fi

mkdir -p /tmp/nginx
# shellcheck disable=SC2016 # $api is nginx's
printf 'resolver %s valid=5s;\nmap "" $api { default "%s"; }\n' "$server" "$upstream" >/tmp/nginx/upstream.conf
exec nginx -e stderr -g 'daemon off;' "$@"
