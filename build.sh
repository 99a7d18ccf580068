#!/usr/bin/env bash
# The project's commands. Without one: what there is.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
configuration=Release

# The image, stand-ins for its bases, and the engine that plays the Pod.
source eng/pod/engine.sh
source eng/pod/stand-ins.sh
source eng/pod/image.sh
source eng/fuzz.sh
source eng/soak.sh
source eng/sbom.sh

usage() {
  cat <<'TEXT'
./build.sh test              build with warnings as errors, check the format, run every test, smoke-run the native binary
./build.sh unit              the unit tests alone
./build.sh simulate [SEEDS]  the seeded simulation with any number of seeds (default 20000); LOGSHIPPER_SEED=N runs one
./build.sh nightly           20,000 histories of it, at low priority; the tests have 2,000
./build.sh end-to-end        the tests against the real process, real nginx and Chromium alone;
                             LOGSHIPPER_BINARY=FILE tests that binary, such as the native one
./build.sh verify            every fault of docs/reliability.md, in full, against the native binary with its default configuration; under 30 minutes.
                             Writes the document; a short run of the same is a part of the tests. What this machine does not allow
                             (mounts, control groups, libfaketime) is skipped with its reason
./build.sh fuzz [--seconds N] [--target T]
                             AFL++ against all that takes bytes from others, each target for N seconds (default 3600), from the
                             inputs in fuzz/corpus; a minute in all is a part of the tests
./build.sh soak [--minutes N]
                             the native binary under 5,000 lines/s and faults for N minutes (default 30): memory and handles flat,
                             the ledger closed, nothing lost or repeated
./build.sh sbom [FILE]       what the program is made of, as CycloneDX JSON (default artifacts/logshipper.cdx.json), and whether packages are audited here
./build.sh publish [FOLDER]  the native binary (default artifacts/publish), as the image has it; INSTRUCTION_SET=x86-64-v3 for nodes that all
                             have it (publish and image): less processor time
./build.sh image [TAG]       the container image, with podman or docker (default logshipper:latest); SDK_IMAGE and RUNTIME_IMAGE name
                             other base images; STAND_INS=true makes stand-ins for them from this machine's packages (podman)
./build.sh pod-test          the image and k8s/webserver-pod.yaml played with podman, and every manifest checked; no cluster needed
./build.sh cluster-test      the acceptance of the Pod on the cluster that kubectl points at; IMAGE= names an image that its nodes have
                             or can pull (into kind and minikube one is built and loaded)
TEXT
}

# Installs Debian packages when this user may; otherwise leaves it to the tests to say what they had to skip.
install_packages() {
  local sudo=()
  [ "$(id -u)" = 0 ] || sudo=(sudo -n)
  if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    echo "installing $*"
    "${sudo[@]}" apt-get install -y -qq "$@" >/dev/null 2>&1 ||
      { "${sudo[@]}" apt-get update -qq && "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null; } ||
      echo "could not install $*" >&2
  else
    echo "missing and not installable by this user: $*" >&2
  fi
}

need_nginx() { command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || install_packages nginx-light; }

need_prometheus() { command -v promtool >/dev/null || install_packages prometheus; }

need_chromium() { command -v chromium >/dev/null || command -v google-chrome >/dev/null || install_packages chromium; }

need_kubectl() { command -v kubectl >/dev/null || install_packages kubernetes-client; }

# Without it the faults of the clock are skipped, and say so.
need_faketime() { [ -n "$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null)" ] || install_packages libfaketime; }

need_native_compiler() {
  { command -v clang >/dev/null && [ -f /usr/include/zlib.h ]; } || install_packages clang zlib1g-dev
}

can_compile_natively() { command -v clang >/dev/null && [ -f /usr/include/zlib.h ]; }

runtime_identifier() {
  case "$(uname -m)" in
    aarch64 | arm64) echo linux-arm64 ;;
    *) echo linux-x64 ;;
  esac
}

publish() {
  need_native_compiler
  dotnet publish src/LogShipper/LogShipper.csproj --configuration "$configuration" --runtime "$(runtime_identifier)" \
    -p:PublishAot=true -p:InstructionSet="${INSTRUCTION_SET:-x86-64-v2}" --output "${1:-artifacts/publish}"
}

# The native binary ships a file to stdout, exactly, and ends on its own terms.
smoke() {
  local folder log
  folder=$(mktemp -d)
  log="$folder/access.log"
  seq -f '127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET /%.0f HTTP/1.1" 200 5 "-" "smoke"' 1 10000 >"$log"
  # There before it is looked at: the process in the background may not have made it yet.
  : >"$folder/out"
  artifacts/publish/logshipper --set "Logs:access:Path=$log" --set "StateDirectory=$folder/state" --set Interval=100ms \
    --set Admin:Enabled=false --set "Sinks:stdout:Type=stdout" >"$folder/out" 2>"$folder/err" &
  local process=$! waited=0
  until [ "$(wc -c <"$folder/out")" -ge "$(wc -c <"$log")" ] || [ $((waited += 1)) -gt 300 ]; do sleep 0.1; done
  # Not SIGINT: what a script starts in the background ignores it.
  kill -TERM "$process"
  local status=0
  wait "$process" || status=$?
  if [ "$status" != 0 ] || ! cmp -s "$log" "$folder/out"; then
    echo "the native binary failed its smoke run (exit $status):" >&2
    tail -5 "$folder/err" >&2
    return 1
  fi
  rm -rf "$folder"
}

build_all() {
  dotnet build LogShipper.sln --configuration "$configuration"
  dotnet format LogShipper.sln --verify-no-changes --no-restore
}

# Counts what the test projects say; nothing is built here.
run_tests() {
  local results
  results=$(mktemp -d)
  local failed=0
  for project in "$@"; do
    dotnet test "tests/$project/$project.csproj" --configuration "$configuration" --no-build \
      --filter "FullyQualifiedName!~LogShipper.Pod.Cluster&Kind!=Soak" --logger "console;verbosity=minimal" |
      tee "$results/$project.txt" || failed=1
  done
  total_passed=$(awk -F'[:,]' '/ - Failed: /{n += $4} END {print n + 0}' "$results"/*.txt)
  total_failed=$(awk -F'[:,]' '/ - Failed: /{n += $2} END {print n + 0}' "$results"/*.txt)
  total_skipped=$(awk -F'[:,]' '/ - Failed: /{n += $6} END {print n + 0}' "$results"/*.txt)
  # A runner that died before it could count is a failure of its own.
  if [ "$failed" = 1 ] && [ "$total_failed" = 0 ]; then total_failed=1; fi
  rm -rf "$results"
}

# The faults are played against the binary as it is shipped, where it can be made here.
use_native_binary() {
  if publish >/dev/null; then export LOGSHIPPER_BINARY=$PWD/artifacts/publish/logshipper; else return 1; fi
}

verify() {
  local assembly=tests/LogShipper.EndToEnd/bin/$configuration/net10.0/LogShipper.EndToEnd failed=0
  # Mostly they wait: for outages to pass, for the next look in half a minute.
  LOGSHIPPER_VERIFY=full LOGSHIPPER_REPORT=$PWD/artifacts/reliability.md "$assembly" -trait Kind=Fault -maxThreads 16 -noColor || failed=1
  cat artifacts/reliability.md
  if [ "$failed" = 1 ]; then
    echo "something is lost, repeated or does not end as it should: docs/reliability.md is left as it was" >&2
    return 1
  fi
  cp artifacts/reliability.md docs/reliability.md
}

close() {
  echo "$total_passed passed, $total_failed failed$([ "$total_skipped" = 0 ] || echo ", $total_skipped skipped")"
  [ "$total_failed" = 0 ] && [ "$total_passed" -gt 0 ]
}

case "${1:-}" in
  test)
    need_nginx
    need_chromium
    need_prometheus
    need_faketime
    need_kubectl
    need_native_compiler
    build_all
    prepare_pod
    native=false
    if can_compile_natively && use_native_binary; then native=true; fi
    run_tests LogShipper.Tests LogShipper.Simulation LogShipper.EndToEnd LogShipper.Pod
    if can_compile_natively; then
      if [ "$native" = true ] && smoke; then total_passed=$((total_passed + 1)); else total_failed=$((total_failed + 1)); fi
    elif [ "${CI:-}" = true ]; then
      echo "the native binary needs clang and zlib1g-dev" >&2
      total_failed=$((total_failed + 1))
    else
      echo "skipped: the native binary needs clang and zlib1g-dev"
      total_skipped=$((total_skipped + 1))
    fi
    # Every target for some seconds: about a minute in all.
    if fuzz --seconds 8; then total_passed=$((total_passed + 1)); else total_failed=$((total_failed + 1)); fi
    close
    ;;
  unit)
    build_all
    run_tests LogShipper.Tests
    close
    ;;
  simulate)
    export LOGSHIPPER_SEEDS=${2:-20000}
    build_all
    run_tests LogShipper.Simulation
    close
    ;;
  nightly)
    export LOGSHIPPER_SEEDS=20000
    dotnet build tests/LogShipper.Simulation --configuration "$configuration"
    renice -n 19 $$ >/dev/null
    run_tests LogShipper.Simulation
    close
    ;;
  verify)
    need_faketime
    need_native_compiler
    dotnet build tests/LogShipper.EndToEnd --configuration "$configuration"
    if can_compile_natively; then use_native_binary; fi
    verify
    ;;
  fuzz)
    shift
    fuzz "$@"
    ;;
  soak)
    shift
    soak "$@"
    ;;
  sbom)
    sbom "${2:-artifacts/logshipper.cdx.json}"
    audit
    ;;
  end-to-end)
    need_nginx
    need_chromium
    need_prometheus
    need_faketime
    build_all
    run_tests LogShipper.EndToEnd
    close
    ;;
  publish) publish "${2:-artifacts/publish}" ;;
  pod-test)
    need_kubectl
    need_native_compiler
    dotnet build tests/LogShipper.Pod --configuration "$configuration"
    prepare_pod
    run_tests LogShipper.Pod
    close
    ;;
  cluster-test)
    image_for_cluster
    echo "the acceptance of $LOGSHIPPER_CLUSTER_IMAGE on $(kubectl config current-context), in a namespace of its own"
    trap 'kubectl delete namespace logshipper-acceptance --wait=false >/dev/null 2>&1 || true' EXIT
    dotnet build tests/LogShipper.Pod --configuration "$configuration"
    dotnet test tests/LogShipper.Pod --configuration "$configuration" --no-build \
      --filter "FullyQualifiedName~LogShipper.Pod.Cluster" --logger "console;verbosity=detailed"
    ;;
  image)
    engine=$(command -v podman || command -v docker) || { echo "podman or docker is needed to build the image" >&2; exit 1; }
    # An image with stand-ins is for trying, and goes where the tests have theirs: podman --root shows it there.
    if [ "${engine##*/}" = podman ] && [ "${STAND_INS:-}" = true ]; then
      prepare_podman || { echo "$podman_problem" >&2; exit 1; }
      echo "the image goes to podman --root $pod_folder/images"
    fi
    build_image "$engine" "${2:-logshipper:latest}"
    ;;
  *)
    usage
    [ -z "${1:-}" ]
    ;;
esac
