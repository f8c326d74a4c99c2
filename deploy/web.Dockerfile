# nginx in front of API-Factory: serves the console's files and forwards everything else to the api.
#   docker build -f deploy/web.Dockerfile -t api-factory/web:local .
ARG NODE_IMAGE=node:24-slim
ARG NGINX_IMAGE=nginx:stable

# The same first lines as in api.Dockerfile, so that both images share the build.
FROM ${NODE_IMAGE} AS build
WORKDIR /src
ENV CI=true npm_config_update_notifier=false
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
# Depends only on the lock file: a change of source does not fetch the packages again.
RUN npx --yes "$(node -p 'require("./package.json").packageManager')" fetch
COPY . .
RUN node -e "import('./scripts/prepare.mjs').then(({ prepare }) => prepare())"

FROM ${NGINX_IMAGE}
ARG VERSION=0.0.0-local
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="API-Factory web" \
      org.opencontainers.image.description="API-Factory's console behind nginx, which forwards calls to the api" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=build /src/apps/admin-web/dist /usr/share/api-factory
COPY deploy/nginx/nginx.conf /etc/nginx/nginx.conf
COPY deploy/nginx/serve.sh /usr/local/bin/serve-web
# The health check needs curl, which the nginx image includes.
RUN chmod 755 /usr/local/bin/serve-web && curl --version >/dev/null && nginx -v
# The api's URL. Its name is resolved again at run time, so that the api can be replaced.
ENV API_UPSTREAM=http://api:8787
# The user `nginx`, as a number, so that Kubernetes can verify that it is not root.
USER 101:101
EXPOSE 8080
# Writes only to /tmp: a read-only container needs a tmpfs there.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/favicon.svg"]
STOPSIGNAL SIGQUIT
ENTRYPOINT ["serve-web"]
CMD []
