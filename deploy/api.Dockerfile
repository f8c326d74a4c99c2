# API-Factory: gateway, operator API and console in one process. Needs DATABASE_URL: the image has no Postgres.
#   docker build -f deploy/api.Dockerfile -t api-factory/api:local .
ARG NODE_IMAGE=node:24-slim

# The same first lines as in web.Dockerfile, so that both images share the build.
FROM ${NODE_IMAGE} AS build
WORKDIR /src
ENV CI=true npm_config_update_notifier=false
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
# Depends only on the lock file: a change of source does not fetch the packages again.
RUN npx --yes "$(node -p 'require("./package.json").packageManager')" fetch
COPY . .
RUN node -e "import('./scripts/prepare.mjs').then(({ prepare }) => prepare())"

FROM build AS pruned
# The command's runtime dependencies from the lock file. The optional ones are binaries of an embedded Postgres.
RUN npx --yes "$(node -p 'require("./package.json").packageManager')" --filter api-factory deploy --legacy --prod --no-optional /app

FROM ${NODE_IMAGE}
ARG VERSION=0.0.0-local
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="API-Factory" \
      org.opencontainers.image.description="Turns an API into a paid product: keys, plans, limits, metering, Stripe" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
# Owned by root: the product can't change its own code.
COPY --from=pruned /app /app
RUN mkdir /data && chown 1000:1000 /data && chmod 700 /data && ln -s /app/dist/main.js /usr/local/bin/api-factory
ENV NODE_ENV=production BIND_HOST=0.0.0.0 PORT=8787 API_FACTORY_DATA_DIR=/data
# The user `node`, as a number, so that Kubernetes can verify that it is not root.
USER 1000:1000
WORKDIR /data
# The spool: usage that is not in the database yet. The rest of the file system may be read-only.
VOLUME /data
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/_api/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["api-factory"]
CMD ["serve"]
