# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# nginx in front of the api. Sourced by scripts/verify-images.sh.

# Filters the headers that must be the same for every page.
page_headers() { grep -i -E '^(content-security-policy|referrer-policy|x-frame-options|cross-origin-opener-policy|permissions-policy|cache-control|vary|x-content-type-options):' | tr -d '\r' | tr '[:upper:]' '[:lower:]' | sort; }
page_of_api='fetch("http://127.0.0.1:8787/keys", { headers: { accept: "text/html" } }).then(({ headers }) => { for (const [name, value] of headers) console.log(`${name}: ${value}`); })'
equal 'a console page has the same headers as from the api' \
  "$(inside api node -e "$page_of_api" | page_headers)" "$(curl -sI -H 'accept: text/html' "$url/keys" | page_headers)"
status() { curl -s -o "$scratch/body" -m 10 -w '%{http_code} %{content_type}' "$@"; }
equal 'the console' '200 text/html; charset=utf-8' "$(status -H 'accept: text/html' "$url/")"
asset=$(grep -o '/assets/[^"]*\.js' "$scratch/body" | head -n 1)
equal 'its script' '200 application/javascript; charset=utf-8' "$(status "$url$asset")"
equal 'the contract' 200 "$(status "$url/openapi.json" | cut -d' ' -f1)"
equal 'the reference' 200 "$(status -L "$url/docs" | cut -d' ' -f1)"
equal 'the checkout' '200 text/html; charset=utf-8' "$(status -H 'accept: text/html' "$url/checkout")"
for path in /nope /assets/nope.js /.env /api/v1/nope; do
  equal "$path returns the api’s problem" '404 application/problem+json; charset=utf-8' "$(status --path-as-is -H 'accept: */*' "$url$path")"
done
equal 'a path traversal is refused' 400 "$(status --path-as-is "$url/assets/../../../etc/passwd" | cut -d' ' -f1)"
equal 'a POST to a page returns the api’s problem' '405 application/problem+json; charset=utf-8' "$(status -X POST "$url/")"
equal 'metrics require a token' 401 "$(status "$url/_api/metrics" | cut -d' ' -f1)"
head -c 3000000 /dev/zero >"$scratch/large"
equal 'a body that is too large returns the api’s problem' '413 application/problem+json; charset=utf-8' "$(status -H 'content-type: application/json' --data-binary "@$scratch/large" "$url/api/v1/hello/echo")"
equal 'another origin gets no CORS header' 0 "$(curl -s -D - -o /dev/null -H 'origin: https://evil.example' "$url/api/v1/hello/ping" | grep -ci '^access-control-allow-origin' || true)"
