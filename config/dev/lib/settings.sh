# Names, places and addresses of the cluster.
# shellcheck shell=bash disable=SC2034 # for the files that source this one

NETWORK=alembic-operator
NODE=local
LINK=alembic-node
CLUSTER=$CACHE/cluster
KUBECONFIG_FILE=$CLUSTER/kubeconfig
LOGS=$CLUSTER/logs
# A socket's path must be short, and all of it must be gone after a restart.
RUN=/run/alembic-operator

NODE_ADDRESS=${ALEMBIC_CLUSTER_NODE_ADDRESS:-10.243.0.1}
API_PORT=${ALEMBIC_CLUSTER_API_PORT:-16443}
ETCD_PORT=${ALEMBIC_CLUSTER_ETCD_PORT:-12379}
REGISTRY_PORT=${ALEMBIC_CLUSTER_REGISTRY_PORT:-15055}
REGISTRY=localhost:$REGISTRY_PORT
REGISTRY_DATA=$CACHE/registry
POD_RANGE=10.244.0.0/24
SERVICE_RANGE=10.96.0.0/16
API_SERVICE_ADDRESS=10.96.0.1
DNS_ADDRESS=10.96.0.10
