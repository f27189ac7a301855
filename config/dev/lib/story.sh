# The quickstart's story in a real cluster, told by kubectl.
# shellcheck shell=bash
# shellcheck disable=SC2154 # "here" and STATE are the calling script's

OPERATOR_NAMESPACE=quickstart-operator
SHOP_NAMESPACE=quickstart
CRD=databasemigrations.alembic-operator.dev
SAMPLE=config/samples/orders.yaml

tell_in_cluster() {
  local started=$SECONDS
  prepare
  first_release
  release 1.1 'two more revisions'
  watch_until Ready UpToDate 0005
  applied
  release 1.2 'a revision that fails on real data'
  watch_until Stalled DataViolation 0005
  run kubectl get dbm orders -o 'jsonpath={.status.conditions[?(@.type=="Ready")].message}{"\n"}'
  note "The database is as release 1.1 left it, and the failed run is not repeated until the image or the target changes," \
    "or somebody asks for it."
  release 1.2.1 'the same revision, corrected'
  watch_until Ready UpToDate 0006
  applied
  chapter 'What is told in the end'
  run kubectl get dbm,jobs,pods
  run kubectl describe dbm orders
  result "4 releases, Ready at \"0006\", $((SECONDS - started)) s"
}

first_release() {
  chapter 'Release 1.0: three revisions for an empty database'
  shown "kubectl apply -f $SAMPLE"
  # Always: a node does not ask again for a tag that it has.
  sed "s|^  image: .*|  image: $REPOSITORY:1.0\n  imagePullPolicy: Always|" "$SAMPLE" | kubectl apply -f -
  note "(The image is replaced by one in the cluster's own registry.)"
  watch_until Ready UpToDate 0003
  applied
  sql -d orders <<'SQL'
SET ROLE orders;
INSERT INTO customers (name, email) VALUES ('Ada', 'ada@example.com'), ('Grace', NULL);
INSERT INTO products (name, price) VALUES ('Teapot', 24.50);
INSERT INTO orders (customer_id, product_id) VALUES (1, 1), (2, 1);
SQL
  note 'The shop opens: two customers, one of them without an e-mail address.'
}

release() {
  chapter "Release $1: $2"
  run kubectl patch dbm orders --type merge -p "{\"spec\": {\"image\": \"$REPOSITORY:$1\"}}"
}

# Shows each change until the condition stands for the newest generation; then the story's word is held against it.
watch_until() {
  local condition=$1 reason=$2 revision=$3 watch failed=no told
  shown 'kubectl get dbm orders -w'
  kubectl get dbm orders -w &
  watch=$!
  kubectl wait --for="condition=$condition" dbm/orders --timeout=180s >/dev/null || failed=yes
  # The watch may be a moment behind.
  sleep 1
  kill "$watch" 2>/dev/null || true
  wait "$watch" 2>/dev/null || true
  [[ $failed == no ]] || fail "the resource did not become $condition"
  told=$(kubectl get dbm orders -o 'jsonpath={.status.conditions[?(@.type=="Ready")].reason}')
  [[ $told == "$reason" ]] || fail "the reason should be $reason, but is $told"
  shown "psql orders -Atc 'SELECT version_num FROM alembic_version'"
  told=$(sql -d orders -c 'SELECT version_num FROM alembic_version')
  echo "$told"
  [[ $told == "$revision" ]] || fail "the database should be at $revision"
}

applied() {
  note "Applied: $(kubectl get dbm orders -o \
    'jsonpath={range .status.history[0].revisions[*]}{.revision} ({.duration}) {end}')"
}

# --- how it is told -----------------------------------------------------------

bold() { if [[ -t 1 && -z ${NO_COLOR:-} ]]; then printf '\033[1m%s\033[0m\n' "$*"; else printf '%s\n' "$*"; fi; }
chapter() { printf '\n' && bold "── $* ──"; }
note() { printf '\n' && fold -s -w 94 <<<"$*" | sed 's/^/  /'; }
result() { printf '\n' && bold "quickstart: $*"; }

# What a user would type.
shown() { printf '\n' && bold "\$ $*"; }
run() { shown "$(quoted "$@")" && "$@"; }

quoted() {
  local word text=''
  for word; do
    [[ $word != *[\ \{\}\"]* ]] || word="'$word'"
    text+="$word "
  done
  echo "${text% }"
}

fail() {
  kubectl describe dbm orders >&2 || true
  result "failed: $*"
  exit 1
}

# --- what it needs, and what it leaves -----------------------------------------

prepare() {
  local status=0 operator
  WORK=$(mktemp -d)
  MADE_CLUSTER=no
  trap clean_up EXIT
  bold "[1/3] The cluster"
  "$here/cluster" status >/dev/null 2>&1 || status=$?
  # 1 is a part: whose that is nobody knows, so it stays.
  ((status != 3)) || MADE_CLUSTER=yes
  "$here/cluster" up
  use_cluster
  nobody_else
  leave_nothing
  bold "[2/3] Images: the operator (about two minutes) and the shop's four releases"
  operator=$("$here/image" --push operator)
  publish
  bold "[3/3] The operator, by Helm, and a database"
  install_operator "$operator"
}

# The namespace is set in a kubeconfig of the story's own, so that commands read as users type them.
use_cluster() {
  local settings
  settings=$("$here/cluster" env)
  eval "$settings"
  install -m 600 "$KUBECONFIG" "$WORK/kubeconfig"
  export KUBECONFIG=$WORK/kubeconfig
  kubectl config set-context --current --namespace "$SHOP_NAMESPACE" >/dev/null
}

sql() { kubectl exec -i -n databases deployment/postgres -- psql -qAt -v ON_ERROR_STOP=1 -U postgres "$@"; }

# Another operator would do the work, or half of it.
nobody_else() {
  local others
  others=$(kubectl get deployments -A -l app.kubernetes.io/part-of=alembic-operator \
    -o 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name}{"\n"}{end}' | grep -v "^$OPERATOR_NAMESPACE/" || true)
  [[ -z $others ]] || die "another operator is in this cluster: $others; take it away first (helm uninstall)"
}

# Each release is a layer on the one before.
publish() {
  local version image before=''
  cp -r "$here/quickstart.d/1.0" "$WORK/1.0"
  cp "$here/venvs/alembic-latest.txt" "$WORK/1.0/requirements.txt"
  for version in 1.0 1.1 1.2 1.2.1; do
    if [[ -z $before ]]; then
      image=$("$here/image" --push app "$WORK/1.0" "orders:$version")
    else
      image=$("$here/image" --push --on "localhost/alembic-operator/orders:$before" app "$here/quickstart.d/$version" "orders:$version")
    fi
    before=$version
  done
  REPOSITORY=${image%@*}
}

install_operator() {
  if ! kubectl get crd "$CRD" >/dev/null 2>&1; then
    touch "$WORK/crd"
    run kubectl apply -f crds/databasemigrations.alembic-operator.dev.yaml
  fi
  kubectl create namespace "$SHOP_NAMESPACE" >/dev/null
  run helm install alembic-operator helm/alembic-operator --namespace "$OPERATOR_NAMESPACE" --create-namespace --wait \
    --set "image.repository=${1%@*},image.digest=${1#*@}" --set "watchNamespaces={$SHOP_NAMESPACE},crds.enabled=false"
  sql -c "CREATE ROLE orders LOGIN PASSWORD 'change-me'" -c 'CREATE DATABASE orders OWNER orders'
}

# Also what a story that was interrupted has left.
leave_nothing() {
  helm uninstall alembic-operator --namespace "$OPERATOR_NAMESPACE" --ignore-not-found --wait >/dev/null
  kubectl delete namespace "$SHOP_NAMESPACE" "$OPERATOR_NAMESPACE" --ignore-not-found >/dev/null
  sql -c 'DROP DATABASE IF EXISTS orders WITH (FORCE)' -c 'DROP ROLE IF EXISTS orders' 2>/dev/null
  if [[ -f $WORK/crd && -z $(kubectl get dbm -A -o name) ]]; then kubectl delete crd "$CRD" >/dev/null; fi
}

clean_up() {
  local status=$?
  trap - EXIT
  if [[ $MADE_CLUSTER == yes ]]; then
    "$here/cluster" down || true
  elif [[ -f $WORK/kubeconfig ]]; then
    leave_nothing || true
  fi
  rm -rf "$WORK"
  exit $status
}
