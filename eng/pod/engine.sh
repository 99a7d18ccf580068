# podman with a configuration and a store of its own, for the image and the Pod of the tests. To be sourced.
# What is there of the user's (images, pods, settings) is neither used nor touched.

pod_folder=${LOGSHIPPER_POD_FOLDER:-${TMPDIR:-/var/tmp}/logshipper-pod-$(id -u)}

# Not every machine lets podman do what it does by default: resource limits above the hard ones are refused, crun
# cannot work with mixed cgroups of version 1 and 2, and without systemd there is nobody to ask for a cgroup or to log to.
configure_podman() {
  local runtime=$1 files
  files=$(ulimit -Hn)
  [ "$files" != unlimited ] || files=1048576
  mkdir -p "$pod_folder"
  cat >"$pod_folder/containers.conf" <<TOML
[containers]
# podman passes over what a Pod's manifest says of sysctls: this one lets nginx bind port 80 without being root.
default_sysctls = ["net.ipv4.ip_unprivileged_port_start=80"]
default_ulimits = ["nofile=$files:$files", "nproc=32768:32768"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "$runtime"
TOML
  cat >"$pod_folder/storage.conf" <<TOML
[storage]
driver = "overlay"
graphroot = "$pod_folder/images"
runroot = "$pod_folder/run"
TOML
  export CONTAINERS_CONF="$pod_folder/containers.conf" CONTAINERS_STORAGE_CONF="$pod_folder/storage.conf"
}

# Exports the configuration with which a container starts; without one, says why not in $podman_problem.
prepare_podman() {
  podman_problem=
  command -v podman >/dev/null && [ -x /usr/bin/catatonit ] || install_packages podman buildah runc catatonit
  command -v podman >/dev/null || { podman_problem="podman is not installed (apt-get install podman runc catatonit)"; return 1; }
  # The smallest image there is: a static binary that prints its version.
  local probe=localhost/logshipper-stand-in/probe runtime said
  for runtime in crun runc; do
    command -v "$runtime" >/dev/null || continue
    configure_podman "$runtime"
    if ! podman image exists $probe 2>/dev/null; then
      mkdir -p "$pod_folder/probe"
      cp /usr/bin/catatonit "$pod_folder/probe/"
      printf 'FROM scratch\nCOPY catatonit /catatonit\nENTRYPOINT ["/catatonit", "--version"]\n' >"$pod_folder/probe/Dockerfile"
      said=$(podman build --quiet --isolation=chroot --tag $probe "$pod_folder/probe" 2>&1) || { podman_problem="podman cannot build an image: $(tail -1 <<<"$said")"; return 1; }
    fi
    if said=$(podman run --rm --network none $probe 2>&1); then podman_problem= && return 0; fi
    podman_problem="podman cannot start a container with $runtime: $(tail -1 <<<"$said")"
  done
  [ -n "$podman_problem" ] || podman_problem="neither crun nor runc is installed (apt-get install runc)"
  return 1
}
