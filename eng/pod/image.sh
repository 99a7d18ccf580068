# Builds the image. To be sourced after engine.sh and stand-ins.sh.

# can_pull ENGINE IMAGE…: whether the images are here or can be had.
can_pull() {
  local engine=$1 image
  shift
  for image in "$@"; do
    "$engine" image inspect "$image" >/dev/null 2>&1 || timeout 600 "$engine" pull --quiet "$image" >/dev/null 2>&1 || return 1
  done
}

# The default of a build argument of the Dockerfile.
default_of() { sed -n "s/^ARG $1=//p" Dockerfile; }

# build_image ENGINE TAG: with the base images where they can be had, otherwise with stand-ins (podman alone).
build_image() {
  local engine=$1 tag=$2 arguments=()
  local sdk=${SDK_IMAGE:-$(default_of SDK_IMAGE)} runtime=${RUNTIME_IMAGE:-$(default_of RUNTIME_IMAGE)}
  if [ "${STAND_INS:-}" = true ] || ! can_pull "$engine" "$sdk" "$runtime"; then
    [ "${engine##*/}" = podman ] || { echo "the base images cannot be pulled, and stand-ins for them need podman" >&2; return 1; }
    echo "the base images cannot be pulled: stand-ins from this machine's packages take their place; not an image to ship" >&2
    make_stand_ins
    mapfile -t arguments < <(stand_in_mounts)
    sdk=$stand_in/sdk:2 runtime=$stand_in/runtime
  fi
  if [ "${engine##*/}" = podman ]; then arguments+=(--format docker); fi
  "$engine" build "${arguments[@]}" --tag "$tag" --build-arg "SDK_IMAGE=$sdk" --build-arg "RUNTIME_IMAGE=$runtime" \
    --build-arg "INSTRUCTION_SET=${INSTRUCTION_SET:-$(default_of INSTRUCTION_SET)}" \
    --build-arg "VERSION=$(git describe --tags --always --dirty 2>/dev/null || echo 0.0.0-dev)" \
    --build-arg "REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
    --build-arg "CREATED=$(git log -1 --format=%cI 2>/dev/null || echo 1970-01-01T00:00:00Z)" .
  report_image "$engine" "$tag" "$runtime"
}

# Size of the whole, and of what stands over the base image.
report_image() {
  local engine=$1 tag=$2 base=$3 bytes base_bytes
  bytes=$("$engine" image inspect --format '{{.Size}}' "$tag")
  base_bytes=$("$engine" image inspect --format '{{.Size}}' "$base")
  echo "$tag: $((bytes / 1000000)) MB, $(((bytes - base_bytes) / 1000000)) MB of them over its base image $base"
}

# The image and nginx's for the Pod that the tests play, or the reason why they cannot: exported for the tests to skip or to fail with.
prepare_pod() {
  export LOGSHIPPER_POD_PROBLEM= LOGSHIPPER_POD_IMAGE= LOGSHIPPER_POD_NGINX=
  if ! prepare_podman; then LOGSHIPPER_POD_PROBLEM=$podman_problem; return; fi
  local said="$pod_folder/build.log"
  echo "building the image (what the build says: $said)"
  # Not in a condition: there, nothing that fails inside would stop it.
  set +e
  (set -e; build_image podman localhost/logshipper:pod-test) >"$said" 2>&1
  local status=$?
  set -e
  if [ $status != 0 ]; then tail -20 "$said" >&2; LOGSHIPPER_POD_PROBLEM="podman could not build the image: $(tail -1 "$said")"; return; fi
  tail -1 "$said"
  LOGSHIPPER_POD_IMAGE=localhost/logshipper:pod-test
  LOGSHIPPER_POD_NGINX=$stand_in/nginx
  if podman image exists docker.io/library/nginx:latest || { [ "${STAND_INS:-}" != true ] && timeout 300 podman pull --quiet docker.io/library/nginx:latest >/dev/null 2>&1; }; then
    LOGSHIPPER_POD_NGINX=docker.io/library/nginx:latest
  else
    make_stand_ins
  fi
}

# Names the image that the cluster runs: IMAGE, which its nodes have or can pull; or one built here and loaded into kind or minikube.
image_for_cluster() {
  command -v kubectl >/dev/null || { echo "kubectl is needed, and a cluster that it points at" >&2; return 1; }
  kubectl get --raw /readyz >/dev/null || { echo "kubectl reaches no cluster" >&2; return 1; }
  local context engine
  context=$(kubectl config current-context)
  export LOGSHIPPER_CLUSTER_IMAGE=${IMAGE:-}
  [ -z "$LOGSHIPPER_CLUSTER_IMAGE" ] || return 0
  engine=$(command -v docker || command -v podman) || { echo "docker or podman is needed to build the image; or name one: IMAGE=registry/logshipper:tag" >&2; return 1; }
  LOGSHIPPER_CLUSTER_IMAGE=localhost/logshipper:cluster-test
  case $context in
    kind-*) build_image "$engine" "$LOGSHIPPER_CLUSTER_IMAGE" && "$engine" save "$LOGSHIPPER_CLUSTER_IMAGE" | kind load image-archive /dev/stdin --name "${context#kind-}" ;;
    minikube) build_image "$engine" "$LOGSHIPPER_CLUSTER_IMAGE" && "$engine" save "$LOGSHIPPER_CLUSTER_IMAGE" | minikube image load - ;;
    *)
      echo "how an image gets into $context is not known here: push one and name it, IMAGE=registry/logshipper:tag ./build.sh cluster-test" >&2
      return 1
      ;;
  esac
}
