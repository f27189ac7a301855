# PostgreSQL in the cluster, whichever cluster it is.
# shellcheck shell=bash

install_postgres() {
  kubectl get namespace databases >/dev/null 2>&1 || kubectl create namespace databases >/dev/null
  if ! kubectl -n databases get secret postgres >/dev/null 2>&1; then
    kubectl -n databases create secret generic postgres \
      --from-literal=host=postgres.databases.svc --from-literal=port=5432 --from-literal=username=postgres \
      --from-literal=dbname=postgres --from-literal=password="$(openssl rand -hex 16)" >/dev/null
  fi
  render postgres.yaml | kubectl apply -f - >/dev/null 2>&1
  wait_for "PostgreSQL to be ready (kubectl -n databases get pods tells why)" 180 \
    kubectl -n databases rollout status deployment/postgres --timeout=1s
}

# Only what "up" made, which its label tells.
remove_postgres() {
  kubectl delete namespace --selector "app.kubernetes.io/managed-by=$NETWORK" --ignore-not-found >/dev/null
}
