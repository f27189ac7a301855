# A cluster that is there already: only PostgreSQL is added to it, and taken away again.
# shellcheck shell=bash

context_up() {
  kubectl_binary config view --minify --flatten --raw --context "$1" >"$KUBECONFIG_FILE.new" ||
    die "kubectl knows no context $1"
  mv "$KUBECONFIG_FILE.new" "$KUBECONFIG_FILE"
  kubectl version --request-timeout 10s >/dev/null 2>&1 || die "the cluster of the context $1 does not answer"
  install_postgres
}

context_down() { [[ ! -f $KUBECONFIG_FILE ]] || remove_postgres; }

# The cluster's nodes can pull only from a registry that they know.
context_load() {
  [[ -n ${ALEMBIC_CLUSTER_REGISTRY:-} ]] ||
    die "set ALEMBIC_CLUSTER_REGISTRY to a registry that this machine may push to and the cluster pulls from"
  if docker_usable; then docker_load "$@"; else load_image "$@"; fi
}
