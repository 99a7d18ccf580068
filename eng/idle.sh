#!/usr/bin/env bash
# How often an idle logshipper wakes: context switches of all its threads, voluntary and not, over SECONDS (default 30).
# usage: eng/idle.sh LOGSHIPPER [SECONDS], on a machine that is idle otherwise (its load counts as involuntary switches).
set -euo pipefail
binary=$1
seconds=${2:-30}
folder=$(mktemp -d)
: >"$folder/access.log"
: >"$folder/error.log"
"$binary" run --set "StateDirectory=$folder/state" --set "Logs:access:Path=$folder/access.log" --set "Logs:error:Path=$folder/error.log" \
  --set Admin:Address=127.0.0.1 --set Admin:Port=0 >"$folder/out" 2>"$folder/err" &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; rm -rf "$folder"' EXIT

count() {
  local task
  for task in /proc/"$pid"/task/*; do
    awk -v id="$(basename "$task")" '/^Name/ { name = $2 $3 $4 } /^voluntary/ { v = $2 } /^nonvoluntary/ { n = $2 } END { print id, name, v, n }' "$task/status"
  done | sort
}

# Past the start: the first looks, the first minute's tuning of the thread pool.
sleep 20
count >"$folder/before"
sleep "$seconds"
count >"$folder/after"
join "$folder/before" "$folder/after" | awk -v s="$seconds" '
  { v = $6 - $3; n = $7 - $4; voluntary += v; forced += n; if (v + n > 0) printf "%-24s %6.2f/s voluntary %6.2f/s involuntary\n", $2, v / s, n / s }
  END { printf "%-24s %6.2f/s voluntary %6.2f/s involuntary\n", "all threads", voluntary / s, forced / s }'
