# The version of everything that the scripts in config/dev fetch or build, in
# one place. Kubernetes and etcd stand in kubernetes/go.mod, because Go needs
# them there; they are read from it.
# shellcheck shell=bash disable=SC2034 # the variables are for the files that source this one

GO_MODULE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../kubernetes" && pwd)

module_version() { awk -v module="$1" '$1 == module && $2 ~ /^v/ { print $2; exit }' "$GO_MODULE/go.mod"; }

# 1.34 is the last Kubernetes whose kubelet runs on cgroup v1 without being talked into it.
KUBERNETES_VERSION=$(module_version k8s.io/kubernetes)
ETCD_VERSION=$(module_version go.etcd.io/etcd/server/v3)
HELM_VERSION=v3.19.0
COREDNS_VERSION=v1.13.1

# The least Go that can build all of them, and the one that is fetched where
# there is none. The sums are those of the module proxy's zip files, computed
# as go.sum does.
GO_NEEDED=$(awk '$1 == "go" { print $2; exit }' "$GO_MODULE/go.mod")
GO_FETCHED=1.26.8
GO_FETCHED_SUM_amd64=ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=
GO_FETCHED_SUM_arm64=sYL/O6MqS68ML0kjsQ36WoYIpJqkw60TxizWUYUKQMc=

DEBIAN_SUITE=bookworm
