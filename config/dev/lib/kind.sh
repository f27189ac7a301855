# A cluster by kind, with the registry that kind's documentation describes: one
# container, known as localhost:PORT to the machine and to the cluster's nodes.
# shellcheck shell=bash

KIND_NODE_REGISTRY=/etc/containerd/certs.d/$REGISTRY
KIND_REGISTRY=$NETWORK-registry

docker_usable() { have docker && docker info >/dev/null 2>&1; }
kind_usable() { have kind && docker_usable; }

kind_up() {
  local node
  kind_usable || die "the cluster was made by kind, and Docker does not answer"
  [[ -n $(docker ps -q --filter "name=^$KIND_REGISTRY\$") ]] ||
    docker start "$KIND_REGISTRY" >/dev/null 2>&1 ||
    docker run -d --name "$KIND_REGISTRY" -p "127.0.0.1:$REGISTRY_PORT:5000" registry:2 >/dev/null
  if ! kind get clusters 2>/dev/null | grep -qx "$NETWORK"; then
    say "making a cluster with kind (about a minute, more where its image has to be fetched)"
    kind create cluster --name "$NETWORK" --kubeconfig "$KUBECONFIG_FILE" --wait 120s --config - >&2 <<'END'
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
containerdConfigPatches:
- |-
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
END
  fi
  kind get kubeconfig --name "$NETWORK" >"$KUBECONFIG_FILE"
  docker network connect kind "$KIND_REGISTRY" 2>/dev/null || true
  for node in $(kind get nodes --name "$NETWORK"); do
    docker exec "$node" mkdir -p "$KIND_NODE_REGISTRY"
    echo "[host.\"http://$KIND_REGISTRY:5000\"]" | docker exec -i "$node" cp /dev/stdin "$KIND_NODE_REGISTRY/hosts.toml"
  done
  install_postgres
}

kind_down() {
  kind delete cluster --name "$NETWORK" --kubeconfig "$KUBECONFIG_FILE" >&2
  docker rm -fv "$KIND_REGISTRY" >/dev/null 2>&1 || true
}

# docker_load IMAGE [NAME:TAG]: an archive or an image of Docker's, into $REGISTRY.
docker_load() {
  local image=$1 name
  if [[ -f $1 ]]; then
    image=$(docker load -q -i "$1" | sed -n 's/^Loaded image\( ID\)\?: //p' | head -1)
  fi
  name=$REGISTRY/${2:-$(name_in_registry "$image")}
  docker tag "$image" "$name"
  docker push -q "$name" >&2
  docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$image" | grep "^${name%:*}@" | head -1
}
