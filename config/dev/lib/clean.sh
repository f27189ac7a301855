# Takes down all that lib/recipe.sh has put up, in whatever state it is.
# shellcheck shell=bash

recipe_down() {
  recipe_clean
  rm -rf --one-file-system "$RUN"
}

recipe_clean() {
  local name
  for name in kubelet kube-proxy kube-scheduler kube-controller-manager; do stop $name; done
  remove_containers
  for name in containerd registry kube-apiserver etcd; do stop $name; done
  stop_shims
  unmount_below "$RUN" "$CLUSTER"
  remove_cgroups
  remove_network
  restore_kernel_settings
  remove_fixed_places
  # Images are kept, in containerd and in the registry; nothing else is.
  rm -rf --one-file-system "$CLUSTER"/{etcd,kubelet,pki,config,volumes,pod-logs,containerd/io.containerd.grpc.v1.cri}
  if [[ -d $RUN ]]; then find "$RUN" -mindepth 1 -delete; fi
}

# Containers outlive containerd, so it is started again if it died before them.
remove_containers() {
  local id
  [[ -f $CLUSTER/containers-left ]] || return 0
  if ! alive containerd; then
    name_images
    write_configuration
    start_containerd
  fi
  for id in $(containers); do rm -f /var/lib/cni/results/*-"$id"-*; done
  # What holds a pod's namespaces ends last, and with it the process that watches over the pod.
  remove_kind_of_container container
  remove_kind_of_container sandbox
  [[ -z $(containers) ]] || die "some containers could not be removed: $(containers | tr '\n' ' ')"
  rm "$CLUSTER/containers-left"
}

remove_kind_of_container() {
  # shellcheck disable=SC2016 # the inner shell expands them
  containers "labels.\"io.cri-containerd.kind\"==$1" | xargs -r -P 8 -n 1 "$BASH" -c '
    ctr --address "$0" --namespace k8s.io tasks delete --force "$1"
    ctr --address "$0" --namespace k8s.io containers delete "$1"
  ' "$RUN/containerd.sock" >/dev/null 2>&1 || true
}

# A watching process whose containers are gone, but which missed it.
stop_shims() {
  local file pid
  for file in /proc/[0-9]*/cmdline; do
    if tr '\0' ' ' 2>/dev/null <"$file" | grep -q "^[^ ]*containerd-shim-runc-v2 .*-address $RUN/"; then
      pid=${file#/proc/}
      kill -KILL "${pid%/cmdline}" 2>/dev/null || true
    fi
  done
}

# Deepest first: sorted backwards, a mount comes before the one that holds it.
unmount_below() {
  local folder mount
  for folder; do
    while read -r mount; do
      umount "$mount" 2>/dev/null || umount --lazy "$mount" || true
    done < <(mounts_below "$folder")
    # What is still mounted would be emptied with the folder, and it may be somebody's data.
    [[ -z $(mounts_below "$folder") ]] || die "still mounted: $(mounts_below "$folder" | tr '\n' ' ')"
  done
}

mounts_below() { awk -v folder="$1/" 'index($5, folder) == 1 { print $5 }' /proc/self/mountinfo | sort -r; }

# With the network namespaces, which were mounts, the pods' links are gone.
remove_network() {
  local table
  for table in "ip $NETWORK" "ip kube-proxy" "ip6 kube-proxy"; do
    # shellcheck disable=SC2086 # family and name are two words
    if have nft && nft list table $table >/dev/null 2>&1; then nft delete table $table; fi
  done
  # Of a test that was killed (PacketFilter).
  if have nft; then nft list tables | awk '/^table inet alembic-operator-test-/ { print "delete", $0 }' | nft -f -; fi
  if ip link show "$LINK" >/dev/null 2>&1; then ip link delete "$LINK"; fi
}

remove_cgroups() {
  local group
  for group in /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods; do
    if [[ -d $group ]]; then find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true; fi
  done
}

restore_kernel_settings() {
  if [[ -f $RUN/sysctl ]]; then sysctl -qe -p "$RUN/sysctl" >/dev/null 2>&1 || true; fi
}

# Places that cannot be chosen. Whatever of them another program uses stays.
remove_fixed_places() {
  find /var/log/containers -lname "$CLUSTER/*" -delete 2>/dev/null || true
  rm -f /var/lib/kubelet/device-plugins/kubelet.sock
  rmdir /var/log/containers /var/lib/kubelet/device-plugins /var/lib/kubelet /run/containerd/s /run/containerd \
    /var/lib/cni/results /var/lib/cni 2>/dev/null || true
}
