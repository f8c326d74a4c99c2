#!/bin/sh
# Tells nginx where the api is and who answers for its name, then becomes nginx. Engines differ in the address of their name server.
set -eu

case ${API_UPSTREAM:-} in
  http://* | https://*) ;;
  *)
    echo "API_UPSTREAM is \"${API_UPSTREAM:-}\"; it must be the api's address, for example http://api:8787" >&2
    exit 1
    ;;
esac
# An address that ends in / would cut paths off.
upstream=${API_UPSTREAM%/}
# The first alone: nginx asks all of them in turn, and those of the host do not know the api.
server=$(awk '$1 == "nameserver" { print ($2 ~ /:/ ? "[" $2 "]" : $2); exit }' /etc/resolv.conf)
if [ -z "$server" ]; then
  echo '/etc/resolv.conf names no name server: the api can’t be found' >&2
  exit 1
fi

mkdir -p /tmp/nginx
# shellcheck disable=SC2016 # $api is nginx's
printf 'resolver %s valid=5s;\nmap "" $api { default "%s"; }\n' "$server" "$upstream" >/tmp/nginx/upstream.conf
exec nginx -e stderr -g 'daemon off;' "$@"
