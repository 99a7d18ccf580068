# Native binary on a small base that still has what people exec into a sidecar for: bash, ls, cat.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0-noble-aot
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/runtime-deps:10.0-noble

FROM ${SDK_IMAGE} AS build
WORKDIR /source
# The packages change seldom: their layer is kept while the code changes.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY eng/ eng/
COPY src/LogShipper/LogShipper.csproj src/LogShipper/packages.lock.json src/LogShipper/packages.aot.lock.json src/LogShipper/
RUN dotnet restore src/LogShipper/LogShipper.csproj -p:PublishAot=true --locked-mode
COPY src/ src/
ARG TARGETARCH
RUN case "${TARGETARCH:-$(uname -m)}" in arm64|aarch64) rid=linux-arm64 ;; *) rid=linux-x64 ;; esac \
 && dotnet publish src/LogShipper/LogShipper.csproj --configuration Release --runtime "$rid" -p:PublishAot=true --no-restore --output /publish \
 && mkdir -p /image/usr/local/bin /image/var/lib/logshipper \
 && cp /publish/logshipper /image/usr/local/bin/ \
 && chmod 0700 /image/var/lib/logshipper

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="LogShipper" \
      org.opencontainers.image.description="Ships nginx's access and error logs to stdout and Elasticsearch, each line once"
COPY --from=build /image/usr/local/bin/logshipper /usr/local/bin/logshipper
# 101 is the user of nginx's image: it can read what nginx writes.
COPY --from=build --chown=101:101 /image/var/lib/logshipper /var/lib/logshipper
USER 101:101
EXPOSE 9600
ENTRYPOINT ["logshipper"]
