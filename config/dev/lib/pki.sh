# The certificates of a cluster and the kubeconfigs that carry them.
# shellcheck shell=bash

make_certificates() {
  local pki=$CLUSTER/pki
  [[ -f $pki/complete ]] && return
  rm -rf "$pki"
  (umask 077 && mkdir -p "$pki")
  new_key ca
  openssl req -x509 -new -key "$pki/ca.key" -subj /CN=alembic-operator-dev -days 3650 -out "$pki/ca.crt" 2>/dev/null

  certificate apiserver /CN=kube-apiserver serverAuth \
    "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost,IP:127.0.0.1,IP:$NODE_ADDRESS,IP:$API_SERVICE_ADDRESS"
  certificate kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
  certificate admin /O=system:masters/CN=admin clientAuth
  certificate controller-manager /CN=system:kube-controller-manager clientAuth
  certificate scheduler /CN=system:kube-scheduler clientAuth
  certificate proxy /CN=system:kube-proxy clientAuth
  certificate node "/O=system:nodes/CN=system:node:$NODE" clientAuth
  certificate kubelet "/CN=$NODE" serverAuth "DNS:$NODE,IP:$NODE_ADDRESS"
  new_key service-account
  openssl pkey -in "$pki/service-account.key" -pubout -out "$pki/service-account.pub"

  local user
  for user in admin controller-manager scheduler proxy node; do
    kubeconfig_of $user >"$pki/$user.kubeconfig"
  done
  touch "$pki/complete"
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$CLUSTER/pki/$1.key" 2>/dev/null; }

# certificate NAME SUBJECT USAGE [ALTERNATIVE_NAMES]
certificate() {
  local pki=$CLUSTER/pki
  new_key "$1"
  openssl req -new -key "$pki/$1.key" -subj "$2" 2>/dev/null |
    openssl x509 -req -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days 3650 -out "$pki/$1.crt" \
      -extfile <(
        echo "basicConstraints=CA:FALSE"
        echo "keyUsage=digitalSignature"
        echo "extendedKeyUsage=$3"
        [[ -z ${4:-} ]] || echo "subjectAltName=$4"
      ) 2>/dev/null
}

kubeconfig_of() {
  local pki=$CLUSTER/pki
  cat <<END
apiVersion: v1
kind: Config
current-context: $NETWORK
contexts:
- name: $NETWORK
  context: {cluster: $NETWORK, user: $NETWORK-$1}
clusters:
- name: $NETWORK
  cluster:
    server: https://$NODE_ADDRESS:$API_PORT
    certificate-authority-data: $(base64 -w0 "$pki/ca.crt")
users:
- name: $NETWORK-$1
  user:
    client-certificate-data: $(base64 -w0 "$pki/$1.crt")
    client-key-data: $(base64 -w0 "$pki/$1.key")
END
}
