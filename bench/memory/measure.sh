#!/usr/bin/env bash
# Peak memory and speed of the whole process, all endpoints on, default configuration, without a limit of memory and in control groups
# of 128 and 64 MiB: idle; a backlog at full speed, plain and gzip; a receiver that is down for a minute; a quarter of a core; 200 logs to
# 3 sinks. Prints one Markdown table. Needs root (for the control groups, version 1 or 2) and room for the backlog in TMPDIR.
#   bench/memory/measure.sh [--binary FILE] [--seconds N] [--backlog-mib N] [--only JOB,…] [--limits 0,128,64] [--collector]
# --collector prints what the runtime's collector says of itself at the end of each job.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
binary= choices=()
while [ $# -gt 0 ]; do
  case "$1" in
    --binary) binary=$(realpath "$2"); shift 2 ;;
    --collector) choices+=("$1"); shift ;;
    --seconds | --backlog-mib | --only | --limits) choices+=("$1" "$2"); shift 2 ;;
    *) sed -n '2,6p' "$0"; exit 2 ;;
  esac
done

if [ -z "$binary" ]; then
  (cd "$root" && ./build.sh publish artifacts/publish >/dev/null)
  binary="$root/artifacts/publish/logshipper"
fi

exec dotnet run --project "$root/bench/LogShipper.Benchmarks" --configuration Release -- --memory "$binary" "${choices[@]}"
