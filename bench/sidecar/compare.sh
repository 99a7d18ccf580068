#!/usr/bin/env bash
# Runs LogShipper and its peers on the same jobs on this machine, and prints one Markdown table and what it was measured on.
#   bench/sidecar/compare.sh [--quick] [--lines N] [--runs N] [--idle SECONDS] [--binary FILE]
# 2,000,000 lines, 5 runs in turn and 60 s of idling (half an hour); --quick: 300,000 lines, 3 runs and 10 s.
# Debian's rsyslog (with its elasticsearch module) and syslog-ng (with its http module) are unpacked beside each other,
# since they cannot be installed together; fluent-bit, vector and filebeat join where they are on PATH.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
lines=2000000 runs=5 idle=60 binary=
while [ $# -gt 0 ]; do
  case "$1" in
    --quick)
      lines=300000 runs=3 idle=10
      shift
      continue
      ;;
    --lines) lines=$2 ;;
    --runs) runs=$2 ;;
    --idle) idle=$2 ;;
    --binary) binary=$(realpath "$2") ;;
    *) sed -n '2,6p' "$0"; exit 2 ;;
  esac
  shift 2
done

tools="$root/artifacts/sidecar"
if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && [ ! -x "$tools/usr/sbin/syslog-ng" ]; then
  mkdir -p "$tools/packages"
  # The packages and what they need that is not on this machine yet, without installing anything.
  (cd "$tools/packages" &&
    apt-get download -q rsyslog rsyslog-elasticsearch syslog-ng-core syslog-ng-mod-http libestr0 libfastjson4 liblognorm5 libivykis0 libnet1 libwrap0 \
      libcurl3-gnutls libcurl4 >/dev/null 2>&1) || echo "not all of Debian's packages could be fetched" >&2
  for package in "$tools"/packages/*.deb; do
    [ -e "$package" ] && dpkg-deb -x "$package" "$tools"
  done
fi
export LD_LIBRARY_PATH="$tools/usr/lib/x86_64-linux-gnu:$tools/lib/x86_64-linux-gnu:$tools/usr/lib/syslog-ng/3.38${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

if [ -z "$binary" ]; then
  (cd "$root" && ./build.sh publish artifacts/publish >/dev/null)
  binary="$root/artifacts/publish/logshipper"
fi

exec dotnet run --project "$root/bench/LogShipper.Benchmarks" --configuration Release -- \
  --sidecar "$binary" "$tools" "$here" "$lines" "$runs" "$idle"
