# A cluster of one node without Docker: the programs of Kubernetes as processes
# of this machine. Needs root.
# shellcheck shell=bash

RECIPE_BINARIES=(etcd kube-apiserver kubectl kube-controller-manager kube-scheduler kubelet kube-proxy helm coredns)
RECIPE_PROCESSES=(etcd kube-apiserver kube-controller-manager kube-scheduler registry containerd kubelet kube-proxy)

recipe_up() {
  ((EUID == 0)) || die "without Docker and kind, a cluster needs root: run this as root, or install both, or name a cluster by --context"
  name_images
  need_packages
  need_binaries "${RECIPE_BINARIES[@]}"
  if [[ ! -f $RUN/began ]]; then
    # What an earlier cluster left that ended without "down", as when the machine was switched off.
    recipe_clean
    rm -rf "$LOGS"
    mkdir -p "$RUN"
    # Not again while it runs: kube-proxy ends when its configuration is written.
    write_configuration
    touch "$RUN/began"
  fi
  make_network
  make_certificates
  cp "$CLUSTER/pki/admin.kubeconfig" "$KUBECONFIG_FILE"
  say "starting the control plane"
  start_control_plane
  say "starting the node"
  start_node
  say "starting name service and PostgreSQL"
  recipe_addons
}

# --- configuration -----------------------------------------------------------

# render FILE: prints a template of kubernetes/ with each @NAME@ replaced by that variable.
render() {
  local text name
  text=$(<"$GO_MODULE/$1")
  while [[ $text =~ @([A-Z_]+)@ ]]; do
    name=${BASH_REMATCH[1]}
    text=${text//"@$name@"/"${!name}"}
  done
  printf '%s\n' "$text"
}

# shellcheck disable=SC2034 # read by render
write_configuration() {
  local config=$CLUSTER/config CNI_PLUGINS RESOLV_CONF=/etc/resolv.conf
  CNI_PLUGINS=$(cni_plugins)
  # A resolver on the loopback address, as systemd's, is not there for a pod.
  [[ ! -f /run/systemd/resolve/resolv.conf ]] || RESOLV_CONF=/run/systemd/resolve/resolv.conf
  mkdir -p "$config/cni" "$config/registries/$REGISTRY" "$REGISTRY_DATA"
  render containerd.toml >"$config/containerd.toml"
  render hosts.toml >"$config/registries/$REGISTRY/hosts.toml"
  render cni.conflist >"$config/cni/10-$NETWORK.conflist"
  render registry.yml >"$config/registry.yml"
  render kubelet.yaml >"$config/kubelet.yaml"
  render kube-proxy.yaml >"$config/kube-proxy.yaml"
}

# --- network -----------------------------------------------------------------

# The settings of the kernel that a node changes; "down" puts them back.
KERNEL_SETTINGS=(net.ipv4.ip_forward vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes)

make_network() {
  if [[ ! -f $RUN/sysctl ]]; then
    sysctl -e "${KERNEL_SETTINGS[@]}" >"$RUN/sysctl.new" 2>/dev/null || true
    mv "$RUN/sysctl.new" "$RUN/sysctl"
  fi
  sysctl -qw net.ipv4.ip_forward=1
  # The node has an address of its own, so that neither its ports nor its
  # certificates depend on the machine's. A bridge without ports does where
  # the kernel has no dummy device.
  if ! ip link show "$LINK" >/dev/null 2>&1; then
    ip link add "$LINK" type dummy 2>/dev/null || ip link add "$LINK" type bridge
  fi
  ip address replace "$NODE_ADDRESS/32" dev "$LINK"
  ip link set "$LINK" up
  nft list table ip "$NETWORK" >/dev/null 2>&1 || render masquerade.nft | nft -f -
}

# --- control plane -----------------------------------------------------------

start_control_plane() {
  local pki=$CLUSTER/pki
  # Nothing here is kept beyond "down", so nothing needs to reach the disk in time.
  start etcd "$BIN/etcd" --name local --data-dir "$CLUSTER/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls "http://127.0.0.1:$ETCD_PORT" --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" \
    --listen-peer-urls "http://127.0.0.1:$((ETCD_PORT + 1))" \
    --initial-advertise-peer-urls "http://127.0.0.1:$((ETCD_PORT + 1))" \
    --initial-cluster "local=http://127.0.0.1:$((ETCD_PORT + 1))"
  start kube-apiserver "$BIN/kube-apiserver" \
    --etcd-servers "http://127.0.0.1:$ETCD_PORT" \
    --bind-address "$NODE_ADDRESS" --advertise-address "$NODE_ADDRESS" --secure-port "$API_PORT" \
    --service-cluster-ip-range "$SERVICE_RANGE" \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged \
    --client-ca-file "$pki/ca.crt" --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key" \
    --kubelet-client-certificate "$pki/kubelet-client.crt" --kubelet-client-key "$pki/kubelet-client.key" \
    --kubelet-certificate-authority "$pki/ca.crt" --kubelet-preferred-address-types InternalIP \
    --service-account-issuer https://kubernetes.default.svc.cluster.local \
    --service-account-signing-key-file "$pki/service-account.key" --service-account-key-file "$pki/service-account.pub"
  start registry docker-registry serve "$CLUSTER/config/registry.yml"
  wait_for_daemon etcd 20 curl -fs "http://127.0.0.1:$ETCD_PORT/health"
  wait_for_daemon kube-apiserver 60 kubectl get --raw /readyz
  start kube-controller-manager "$BIN/kube-controller-manager" --kubeconfig "$pki/controller-manager.kubeconfig" \
    --leader-elect=false --secure-port 0 --use-service-account-credentials --pvclaimbinder-sync-period 1s \
    --service-account-private-key-file "$pki/service-account.key" --root-ca-file "$pki/ca.crt" \
    --cluster-signing-cert-file "$pki/ca.crt" --cluster-signing-key-file "$pki/ca.key"
  start kube-scheduler "$BIN/kube-scheduler" --kubeconfig "$pki/scheduler.kubeconfig" --leader-elect=false --secure-port 0
}

# --- node --------------------------------------------------------------------

start_node() {
  start_containerd
  wait_for_daemon registry 20 curl -fs "http://$REGISTRY/v2/"
  push_own_images
  wait_for_daemon containerd 60 serves_kubelets
  start kubelet "$BIN/kubelet" --config "$CLUSTER/config/kubelet.yaml" --kubeconfig "$CLUSTER/pki/node.kubeconfig" \
    --root-dir "$CLUSTER/kubelet" --cert-dir "$CLUSTER/kubelet/pki" \
    --tls-cert-file "$CLUSTER/pki/kubelet.crt" --tls-private-key-file "$CLUSTER/pki/kubelet.key" \
    --hostname-override "$NODE" --node-ip "$NODE_ADDRESS"
  start kube-proxy "$BIN/kube-proxy" --config "$CLUSTER/config/kube-proxy.yaml"
  wait_for_daemon kubelet 60 kubectl wait --for=condition=Ready "node/$NODE" --timeout=1s
}

start_containerd() {
  # Says that there may be containers to remove; it outlives a machine switched off, as they do.
  touch "$CLUSTER/containers-left"
  start containerd containerd --config "$CLUSTER/config/containerd.toml"
  wait_for_daemon containerd 20 containers
}

# While it still looks at what its state holds, containerd refuses the kubelet, which then ends. gRPC by hand: an empty
# request has a header of five zeros, and a refusal has no body.
serves_kubelets() {
  printf '\0\0\0\0\0' |
    curl -fs --http2-prior-knowledge --unix-socket "$RUN/containerd.sock" -H 'Content-Type: application/grpc' -H 'TE: trailers' \
      --data-binary @- -o - http://localhost/runtime.v1.RuntimeService/Version | grep -aq containerd
}

# The ids of all containers, or of those a filter names; what holds a pod's namespaces is one too.
containers() { ctr --address "$RUN/containerd.sock" --namespace k8s.io containers list -q "$@"; }

recipe_addons() {
  render coredns.yaml | kubectl apply -f - >/dev/null
  renew_volume
  install -d -o 999 -g 999 -m 700 "$CLUSTER/volumes/postgres"
  # A folder of the machine belongs to whoever made it, whatever the pod's fsGroup says.
  install -d -m 777 "$CLUSTER"/volumes/spare-{1,2,3,4}
  render storage.yaml | kubectl apply -f - >/dev/null
  install_postgres
  wait_for "name service to be ready" 60 kubectl -n kube-system rollout status deployment/coredns --timeout=1s
}

# When somebody deletes the namespace, the volume stays bound to a claim that is
# no more, and its data are under a password that nobody knows.
renew_volume() {
  [[ $(kubectl get persistentvolume postgres --ignore-not-found -o jsonpath='{.status.phase}') == Released ]] || return 0
  kubectl delete persistentvolume postgres >/dev/null
  rm -rf --one-file-system "$CLUSTER/volumes/postgres"
}

# --- state -------------------------------------------------------------------

# Prints a line for each process; fails unless all run.
recipe_processes() {
  local name status=0
  for name in "${RECIPE_PROCESSES[@]}"; do
    if alive "$name"; then
      printf '%-24s runs, pid %s\n' "$name" "$(cut -d' ' -f1 "$RUN/pids/$name")"
    else
      printf '%-24s does not run\n' "$name"
      status=1
    fi
  done
  return $status
}
