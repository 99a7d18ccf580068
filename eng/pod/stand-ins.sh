# Stand-ins for the base images, for machines that reach Debian's packages but no image registry. To be sourced.
# They serve to try the image and the Pod, never to be shipped: nothing in them is configured by its packages' scripts.
# Needs install_packages, and an engine that engine.sh has prepared.

stand_in=localhost/logshipper-stand-in

# Unpacks packages and all that they need into a folder; nothing is installed on this machine.
unpack_packages() {
  local root=$1 cache="$pod_folder/packages" file folder
  shift
  mkdir -p "$cache/partial" "$root"
  # An empty list of what is installed makes apt fetch everything that the packages need.
  : >"$cache/status"
  rm -f "$cache"/*.deb
  local options=(-o Dir::State::status="$cache/status" -o Dir::Cache::archives="$cache" -o Debug::NoLocking=1 -o APT::Sandbox::User=)
  apt-get -qq -y --no-install-recommends --download-only "${options[@]}" install "$@" >/dev/null 2>&1 ||
    { apt-get -qq update >/dev/null 2>&1 && apt-get -qq -y --no-install-recommends --download-only "${options[@]}" install "$@" >/dev/null; }
  for folder in bin sbin lib lib64; do mkdir -p "$root/usr/$folder" && ln -sfn "usr/$folder" "$root/$folder"; done
  for file in "$cache"/*.deb; do
    case ${file##*/} in perl* | libperl* | usrmerge_* | usr-is-merged_* | dpkg_* | debconf_* | init-system-helpers_* | iproute2_*) continue ;; esac
    dpkg-deb --fsys-tarfile "$file" | tar -x -C "$root" --keep-directory-symlink --no-same-owner \
      --exclude './usr/share/doc*' --exclude './usr/share/man*' --exclude './usr/share/locale*'
  done
}

# What the runtime image has, and nginx laid out like nginx's image: its user 101, its formats, its links to the console.
make_runtime_and_nginx() {
  podman image exists "$stand_in/nginx" && return
  local folder="$pod_folder/stand-in" root="$pod_folder/stand-in/root"
  rm -rf "$folder"
  unpack_packages "$root" base-files base-passwd libc-bin bash dash coreutils sed grep findutils openssl libstdc++6 ca-certificates tzdata nginx-light
  cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
  cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
  echo 'nginx:x:101:101:nginx user:/nonexistent:/bin/false' >>"$root/etc/passwd"
  echo 'nginx:x:101:' >>"$root/etc/group"
  ln -sfn dash "$root/usr/bin/sh"
  mkdir -p -m 1777 "$root/tmp"
  mkdir -p "$root/etc/ssl/certs" "$root/var/cache/nginx" "$root/var/log/nginx" "$root/run"
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2>/dev/null || true
  chroot "$root" /sbin/ldconfig 2>/dev/null || true
  tar -C "$root" -cf "$folder/root.tar" --numeric-owner --owner=0 --group=0 .
  rm -rf "$root"

  cat >"$folder/nginx.conf" <<'CONF'
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    keepalive_timeout  65;

    client_body_temp_path /var/cache/nginx/client_temp;
    proxy_temp_path       /var/cache/nginx/proxy_temp;
    fastcgi_temp_path     /var/cache/nginx/fastcgi_temp;
    uwsgi_temp_path       /var/cache/nginx/uwsgi_temp;
    scgi_temp_path        /var/cache/nginx/scgi_temp;

    include /etc/nginx/conf.d/*.conf;
}
CONF
  cat >"$folder/default.conf" <<'CONF'
server {
    listen       80;
    server_name  localhost;
    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }
}
CONF
  cat >"$folder/runtime.Dockerfile" <<'DOCKER'
FROM scratch
ADD root.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["/bin/bash"]
DOCKER
  cat >"$folder/nginx.Dockerfile" <<DOCKER
FROM $stand_in/runtime
COPY nginx.conf /etc/nginx/nginx.conf
COPY default.conf /etc/nginx/conf.d/default.conf
RUN ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
EXPOSE 80
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
DOCKER
  podman build --quiet --isolation=chroot --file "$folder/runtime.Dockerfile" --tag "$stand_in/runtime" "$folder" >/dev/null
  podman build --quiet --isolation=chroot --pull=never --file "$folder/nginx.Dockerfile" --tag "$stand_in/nginx" "$folder" >/dev/null
  rm -rf "$folder"
}

# An empty image that sees this machine's own SDK and compiler, mounted when the image is built: see stand_in_mounts.
# It is kept where it was made: what changes it raises the number of its tag.
make_sdk() {
  podman image exists "$stand_in/sdk:2" && return
  local folder="$pod_folder/stand-in-sdk" root="$pod_folder/stand-in-sdk/root" name
  rm -rf "$folder"
  mkdir -p "$root/usr" "$root/etc/ssl/certs" "$root/root" "$root/source" "$root/dotnet" "$root/packages"
  mkdir -p -m 1777 "$root/tmp"
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  cp /etc/ld.so.cache "$root/etc/"
  echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  echo 'root:x:0:' >"$root/etc/group"
  tar -C "$root" -cf "$folder/root.tar" --numeric-owner --owner=0 --group=0 .
  cat >"$folder/Dockerfile" <<'DOCKER'
FROM scratch
ADD root.tar /
ENV PATH=/dotnet:/usr/bin:/bin DOTNET_ROOT=/dotnet HOME=/root NUGET_PACKAGES=/packages SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
DOCKER
  podman build --quiet --isolation=chroot --tag "$stand_in/sdk:2" "$folder" >/dev/null
  rm -rf "$folder"
}

make_stand_ins() {
  make_runtime_and_nginx
  make_sdk
}

# The options that a build with the stand-in of the SDK needs: a line each.
stand_in_mounts() {
  local dotnet
  dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
  mkdir -p "$HOME/.nuget/packages"
  printf '%s\n' --isolation=chroot --pull=never \
    --volume=/usr:/usr:ro --volume="$dotnet:/dotnet:ro" --volume="$HOME/.nuget/packages:/packages"
}
