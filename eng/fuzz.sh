# ./build.sh fuzz [--seconds N] [--target T]: AFL++ drives logshipper-fuzz through SharpFuzz, which counts the branches taken in a copy of
# the program. Sourced by build.sh.

fuzz_folder=artifacts/fuzz

need_afl() { command -v afl-fuzz >/dev/null || install_packages afl++; }

# The program beside the fuzzer, with counters in it; what ships never has them.
prepare_fuzz() {
  dotnet tool restore >/dev/null
  dotnet build fuzz/LogShipper.Fuzz --configuration "$configuration" --verbosity quiet
  rm -rf "$fuzz_folder/bin"
  mkdir -p "$fuzz_folder"
  cp -r "fuzz/LogShipper.Fuzz/bin/$configuration/net10.0" "$fuzz_folder/bin"
  dotnet tool run sharpfuzz "$fuzz_folder/bin/logshipper.dll"
}

# AFL++ says now and then that it sees no counters, when two runtimes start at once on a busy machine: it is started again, three times at most.
# What it found leaves its statistics, and is never tried again.
start_afl() {
  local target=$1 seconds=$2 found=$3 try
  for try in 1 2 3; do
    rm -rf "$found"
    mkdir -p "$found"
    AFL_SKIP_BIN_CHECK=1 AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_FORKSRV_INIT_TMOUT=60000 \
      afl-fuzz -i "fuzz/corpus/$target" -o "$found" -V "$seconds" -t 10000 -m none \
      dotnet "$fuzz_folder/bin/logshipper-fuzz.dll" afl "$target" >"$found/log.txt" 2>&1
    [ ! -f "$found/default/fuzzer_stats" ] || return 0
    grep -q 'No instrumentation detected' "$found/log.txt" || return 1
    echo "$target: the fuzzer saw no counters at start $try" >&2
  done
  return 1
}

# One target for so many seconds; what it found lies in artifacts/fuzz/found/TARGET.
fuzz_target() {
  local target=$1 seconds=$2 found="$fuzz_folder/found/$1" crashes
  local stats="$found/default/fuzzer_stats"
  if ! start_afl "$target" "$seconds" "$found"; then
    echo "$target: the fuzzer did not run:" >&2
    tail -20 "$found/log.txt" >&2
    return 1
  fi
  crashes=$(find "$found"/default/crashes "$found"/default/hangs -name 'id:*' | wc -l)
  echo "$target: $(awk '/^execs_done/ {print $3}' "$stats") inputs, $(awk '/^corpus_count/ {print $3}' "$stats") ways through it, $crashes crashes and hangs"
  [ "$crashes" = 0 ] || { find "$found"/default/crashes "$found"/default/hangs -name 'id:*' | sed 's/^/  /'; return 1; }
}

fuzz() {
  local seconds=3600 targets=() failed=0
  while [ $# -gt 0 ]; do
    case "$1" in
      --seconds) seconds=$2; shift 2 ;;
      --target) targets+=("$2"); shift 2 ;;
      *) echo "fuzz takes --seconds N and --target T" >&2; return 2 ;;
    esac
  done
  [ ${#targets[@]} -gt 0 ] || targets=($(ls fuzz/corpus))
  need_afl
  prepare_fuzz
  for target in "${targets[@]}"; do
    dotnet "fuzz/LogShipper.Fuzz/bin/$configuration/net10.0/logshipper-fuzz.dll" replay "$target" "fuzz/corpus/$target"/* || failed=1
  done
  # As many at once as there are processors, so that one waits for none.
  local running=0
  for target in "${targets[@]}"; do
    fuzz_target "$target" "$seconds" &
    running=$((running + 1))
    if [ "$running" -ge "$(nproc)" ]; then wait -n || failed=1; running=$((running - 1)); fi
  done
  while [ "$running" -gt 0 ]; do wait -n || failed=1; running=$((running - 1)); done
  return "$failed"
}
