# ./build.sh soak [--minutes N]: sourced by build.sh.

soak() {
  local minutes=30 assembly=tests/LogShipper.EndToEnd/bin/$configuration/net10.0/LogShipper.EndToEnd failed=0
  while [ $# -gt 0 ]; do
    case "$1" in
      --minutes) minutes=$2; shift 2 ;;
      *) echo "soak takes --minutes N" >&2; return 2 ;;
    esac
  done
  need_native_compiler
  dotnet build tests/LogShipper.EndToEnd --configuration "$configuration" --verbosity quiet
  # What is measured is the binary as it ships: the same on the JIT would say nothing of it.
  can_compile_natively || { echo "the soak needs the native binary, and that clang and zlib1g-dev" >&2; return 1; }
  use_native_binary
  LOGSHIPPER_SOAK_MINUTES=$minutes LOGSHIPPER_REPORT=$PWD/artifacts/soak.txt "$assembly" -trait Kind=Soak -noColor || failed=1
  cat artifacts/soak.txt
  return "$failed"
}
