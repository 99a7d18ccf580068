# A native binary on a small base that still has what people exec into a sidecar for: bash, ls, cat.
# Both bases by tag; another registry or a digest by build argument. The runtime needs glibc, CA certificates and,
# for `kubectl exec … -- /bin/bash`, a shell; nothing of .NET.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0-noble-aot
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/runtime-deps:10.0-noble

FROM ${SDK_IMAGE} AS packages
WORKDIR /source
# Packages change seldom: their layer is kept while the code changes, and so is the empty folder.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY eng/*.txt eng/*.globalconfig eng/
COPY src/LogShipper/LogShipper.csproj src/LogShipper/packages.lock.json src/LogShipper/packages.aot.lock.json src/LogShipper/
RUN dotnet restore src/LogShipper/LogShipper.csproj -p:PublishAot=true --locked-mode \
 && mkdir -p /image/var/lib/logshipper \
 && chmod 0700 /image/var/lib/logshipper

FROM packages AS build
COPY src/ src/
ARG TARGETARCH
# x86-64-v3 (AVX2, BMI2) where every node has it: less processor time, and a binary that ends at once on a node without.
ARG INSTRUCTION_SET=x86-64-v2
RUN case "${TARGETARCH:-$(uname -m)}" in arm64|aarch64) rid=linux-arm64 ;; *) rid=linux-x64 ;; esac \
 && dotnet publish src/LogShipper/LogShipper.csproj --configuration Release --runtime "$rid" -p:PublishAot=true "-p:InstructionSet=$INSTRUCTION_SET" --no-restore --output /publish

FROM ${RUNTIME_IMAGE}
# 101 is the user of nginx's image: it can read what nginx writes.
COPY --from=packages --chown=101:101 /image/var/lib/logshipper /var/lib/logshipper
# The one layer that a change of the code makes anew.
COPY --from=build /publish/logshipper /usr/local/bin/logshipper
USER 101:101
EXPOSE 9600
ENTRYPOINT ["logshipper"]
# Last, for they change with every commit and are no layer.
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="LogShipper" \
      org.opencontainers.image.description="Ships nginx's access and error logs to stdout and Elasticsearch, each line once" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
