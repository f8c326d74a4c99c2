#!/bin/sh
# Checks a running installation from outside, with curl only.
#   scripts/smoke.sh URL [ADMIN_KEY]
# Without ADMIN_KEY (or API_FACTORY_ADMIN_KEY), checks that need the operator key are skipped.
# Purchases run only in the billing sandbox, whose clock they advance by two months for every
# customer. At the end the new key is revoked, the subscription is cancelled and smoke-paid has no
# price. The plans smoke-check (if it can't be deleted) and smoke-paid are kept and reused. Exit code
# 1 when a check failed, 2 for wrong arguments.
set -u

url=${1:-}
admin_key=${2:-${API_FACTORY_ADMIN_KEY:-}}
quota=3
name=smoke-check
failed=0
key_id=''
plan_created=''
paid_created=''

case $#:$url in
  1:--help | 1:-h) code=0 ;;
  1:-* | 2:-* | 0:* | *:) code=2 ;;
  1:* | 2:*) code='' ;;
  *) code=2 ;;
esac
if [ -n "$code" ]; then
  cat >&2 <<'TEXT'
usage: scripts/smoke.sh URL [ADMIN_KEY]

Checks a running installation from outside. Without ADMIN_KEY or API_FACTORY_ADMIN_KEY it checks only health, ping and an invalid key.

examples:
  API_FACTORY_ADMIN_KEY=$(cat data/operator-key) scripts/smoke.sh http://127.0.0.1:8787
  API_FACTORY_ADMIN_KEY=$(cat deploy/secrets/operator_key) scripts/smoke.sh https://api.example.com
TEXT
  exit "$code"
fi
command -v curl >/dev/null || { echo 'curl is required' >&2; exit 2; }
url=${url%/}
scratch=$(mktemp -d) || exit 2

# Passes the key to curl in a file, because every user of the machine can see arguments.
with_key() { printf 'header = "Authorization: Bearer %s"\n' "$1" >"$scratch/auth"; }

# call METHOD PATH [BODY]: sends a request with the key of the last with_key; with BODY, also the
# cookies of this run. Sets status and body.
call() {
  set -- "$1" "$2" "${3:-}"
  if [ -n "$3" ]; then
    status=$(curl -sS -m 30 -X "$1" -K "$scratch/auth" -b "$scratch/cookies" -c "$scratch/cookies" -H 'content-type: application/json' -d "$3" -o "$scratch/body" -w '%{http_code}' "$url$2" 2>"$scratch/error") || status=000
  else
    status=$(curl -sS -m 30 -X "$1" -K "$scratch/auth" -o "$scratch/body" -w '%{http_code}' "$url$2" 2>"$scratch/error") || status=000
  fi
  body=$(cat "$scratch/body" 2>/dev/null)
  : >"$scratch/body"
}

# expect STATUS TEXT WHAT: checks the status and that the body contains TEXT. Else prints the response.
expect() {
  case "$status:$body" in
    "$1":*"$2"*) echo "ok    $3: $1" ;;
    *)
      failed=1
      echo "FAIL  $3: expected $1${2:+ with $2}, got $status"
      cat "$scratch/error" 2>/dev/null
      [ -z "$body" ] || echo "      $body"
      ;;
  esac
}

# field NAME: the first string of that name in the body.
field() { printf '%s' "$body" | tr ',{' '\n\n' | sed -n "s/^\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1; }

# until_is STATUS TEXT WHAT METHOD PATH [BODY]: retries for ten seconds until the response is as expected.
until_is() {
  tries=50
  while [ $tries -gt 0 ]; do
    tries=$((tries - 1))
    call "$4" "$5" "${6:-}"
    case "$status:$body" in "$1":*"$2"*) break ;; esac
    sleep 0.2
  done
  expect "$1" "$2" "$3"
}

# sandbox CONTROL BODY: calls a control of the billing sandbox.
sandbox() {
  with_key "$admin_key"
  call POST "/api/admin/billing/sandbox/$1" "$2"
  expect 200 '' "sandbox: $1"
}

clean_up() {
  if [ -n "$key_id" ]; then
    with_key "$admin_key"
    call POST "/api/admin/keys/$key_id/revoke"
    expect 200 revoked 'the key is revoked'
  fi
  if [ -n "$paid_created" ]; then
    # Without a price, after a push, it is on no price list.
    with_key "$admin_key"
    call PUT "/api/admin/plans/$paid" "{$terms,\"price\":null}"
    expect 200 '"price":null' "the plan $paid has no price"
    call POST /api/admin/billing/push '{}'
    expect 200 "\"plan\":\"$paid\"" 'its price is archived'
  fi
  if [ -n "$plan_created" ]; then
    # A plan that an entitlement has been on can't be deleted.
    with_key "$admin_key"
    call DELETE "/api/admin/plans/$name"
    case $status in
      200 | 204) echo 'ok    the plan is deleted' ;;
      *) echo "note  the plan $name is kept: $status $(field code)" ;;
    esac
  fi
  rm -rf "$scratch"
  exit $failed
}
trap clean_up EXIT
trap 'failed=1; exit 1' INT TERM

: >"$scratch/auth"
: >"$scratch/cookies"
call GET /_api/healthz
expect 200 '' 'health'
call GET /api/v1/hello/ping
expect 200 '' 'ping'
echo_call='{"action":"echo","payload":{"smoke":true}}'
with_key 'af_live_000000000000000000000000000000000000'
call POST /api/v1/actions "$echo_call"
expect 401 INVALID_KEY 'an invalid key'

if [ -z "$admin_key" ]; then
  echo 'note  no ADMIN_KEY or API_FACTORY_ADMIN_KEY: quota and billing are not checked'
  exit $failed
fi

with_key "$admin_key"
call POST /api/admin/plans "{\"id\":\"$name\",\"name\":\"$name\",\"quota\":{\"limit\":$quota,\"period\":\"day\"},\"rate\":{\"limit\":null,\"windowSeconds\":60}}"
case $status in
  409) echo "ok    the plan $name exists from an earlier run" ;;
  *)
    expect 201 "$name" 'a plan is created'
    [ "$status" = 201 ] || exit 1
    ;;
esac
plan_created=yes
call POST /api/admin/keys "{\"name\":\"$name\",\"plan\":\"$name\"}"
expect 201 af_ 'a key is issued'
[ "$status" = 201 ] || exit 1
key=$(field key)
key_id=$(field id)

with_key "$key"
answered=0
while [ "$answered" -lt "$quota" ]; do
  answered=$((answered + 1))
  call POST /api/v1/actions "$echo_call"
  expect 200 smoke "call $answered of $quota"
done
call POST /api/v1/actions "$echo_call"
expect 429 QUOTA_EXCEEDED "call $((quota + 1)) of $quota"

with_key "$admin_key"
call GET /api/admin/billing
case $(field mode) in
  sandbox) ;;
  *)
    echo "note  billing is $(field mode), not sandbox: nothing is bought"
    exit $failed
    ;;
esac
paid=smoke-paid
terms="\"name\":\"$paid\",\"quota\":{\"limit\":100,\"period\":\"month\"},\"rate\":{\"limit\":null,\"windowSeconds\":60}"
price='{"amountCents":100,"currency":"usd","interval":"month"}'
paid_created=yes
call POST /api/admin/plans "{\"id\":\"$paid\",$terms,\"price\":$price}"
case $status in
  409)
    # The earlier run removed its price at the end.
    call PUT "/api/admin/plans/$paid" "{$terms,\"price\":$price}"
    expect 200 '"amountCents":100' "the plan $paid of an earlier run has a price again"
    ;;
  *) expect 201 "$paid" 'a plan with a price is created' ;;
esac

: >"$scratch/auth"
call POST /api/billing/checkout "{\"plan\":\"$paid\"}"
expect 201 /pay/ 'a checkout is started'
session=$(field sessionId)
sandbox pay "{\"sessionId\":\"$session\",\"outcome\":\"pays\",\"email\":\"smoke@example.com\"}"
: >"$scratch/auth"
until_is 200 '"ready"' 'the payment arrives' GET "/api/billing/checkout?session_id=$session"
call POST /api/billing/claim "{\"sessionId\":\"$session\"}"
expect 201 af_test_ 'the key is claimed'
bought=$(field key)
bought_id=$(field id)
with_key "$bought"
call POST /api/v1/actions "$echo_call"
expect 200 smoke 'the bought key works'

with_key "$admin_key"
call GET "/api/admin/keys/$bought_id"
consumer=$(field consumerId)
subscription=$(field subscriptionId)
call GET "/api/admin/billing/subscriptions?consumer=$consumer"
customer=$(field customerId)
sandbox fail-payments "{\"customerId\":\"$customer\",\"times\":99}"
sandbox advance '{"seconds":5184000}'
with_key "$bought"
until_is 403 /checkout/manage 'payments fail: the key is suspended, with the link to pay' POST /api/v1/actions "$echo_call"
sandbox fail-payments "{\"customerId\":\"$customer\",\"times\":0}"
sandbox pay-open-invoices "{\"customerId\":\"$customer\"}"
with_key "$bought"
until_is 200 smoke 'paid: the key works again' POST /api/v1/actions "$echo_call"
sandbox cancel "{\"subscriptionId\":\"$subscription\"}"
with_key "$bought"
until_is 401 INVALID_KEY 'cancelled: the key is refused' POST /api/v1/actions "$echo_call"
exit $failed
