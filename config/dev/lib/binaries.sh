# Sees to the programs of Kubernetes: each is downloaded if the internet is
# there and built from its Go module if it is not, once, into the cache.
# shellcheck shell=bash

# The folder that fabric8's kube-api-test is pointed at, and below it the one
# in which it looks for the binaries of one version.
BINARIES=$CACHE/kubernetes
BIN=$BINARIES/k8s/${KUBERNETES_VERSION#v}-linux-$(architecture)
HELM=$BINARIES/tools/helm-$HELM_VERSION/helm
COREDNS=$BINARIES/tools/coredns-$COREDNS_VERSION/coredns

# need_binaries NAME... returns at once when all of them are in the cache.
need_binaries() {
  have_binaries "$@" || with_lock binaries make_binaries "$@"
}

have_binaries() {
  local name
  for name; do [[ -x $(binary_path "$name") ]] || return 1; done
}

binary_path() {
  case $1 in
    helm) echo "$HELM" ;;
    coredns) echo "$COREDNS" ;;
    *) echo "$BIN/$1" ;;
  esac
}

make_binaries() {
  local name started=$SECONDS new
  local -a missing=() unbuilt=()
  [[ $(uname -s) == Linux ]] || die "binaries are seen to on Linux only; this is $(uname -s)"
  for name; do have_binaries "$name" || missing+=("$name"); done
  ((${#missing[@]})) || return 0

  mkdir -p "$BIN"
  # We hold the lock, so what is found here was left by a run that was killed.
  rm -rf "$BINARIES"/.new-*
  new=$(mktemp -d "$BINARIES/.new-XXXXXX")
  for name in "${missing[@]}"; do
    if ((${#unbuilt[@]} == 0)) && download_binary "$name" "$new"; then
      keep_binary "$name" "$new/$name"
    else
      # One that cannot be downloaded means no internet: the others are not tried.
      ((${#unbuilt[@]})) || [[ ${DOWNLOAD:-yes} != yes ]] || say "$name cannot be downloaded here"
      unbuilt+=("$name")
    fi
  done
  if ((${#unbuilt[@]})); then build_binaries "$new" "${unbuilt[@]}"; fi
  rm -rf "$new"
  say "ready after $((SECONDS - started)) s: ${missing[*]}"
}

# The last step is a rename, so a binary is in its place wholly or not at all.
keep_binary() {
  local path
  path=$(binary_path "$1")
  mkdir -p "${path%/*}"
  chmod +x "$2"
  mv "$2" "$path"
}

# --- downloaded ---------------------------------------------------------------

# download_binary NAME FOLDER: fails quietly, whatever the trouble is.
download_binary() {
  local arch
  arch=$(architecture)
  [[ ${DOWNLOAD:-yes} == yes ]] && have curl || return 1
  case $1 in
    etcd) download_from_archive "$2" etcd "etcd-$ETCD_VERSION-linux-$arch.tar.gz" \
      "https://github.com/etcd-io/etcd/releases/download/$ETCD_VERSION/%s" SHA256SUMS ;;
    helm) download_from_archive "$2" helm "helm-$HELM_VERSION-linux-$arch.tar.gz" \
      "https://get.helm.sh/%s" "helm-$HELM_VERSION-linux-$arch.tar.gz.sha256sum" ;;
    coredns) download_from_archive "$2" coredns "coredns_${COREDNS_VERSION#v}_linux_$arch.tgz" \
      "https://github.com/coredns/coredns/releases/download/$COREDNS_VERSION/%s" \
      "coredns_${COREDNS_VERSION#v}_linux_$arch.tgz.sha256" ;;
    *) download_kubernetes "$2" "$1" "https://dl.k8s.io/release/$KUBERNETES_VERSION/bin/linux/$arch/$1" ;;
  esac
}

download_kubernetes() {
  download "$3.sha256" "$1/$2.sum" || return 1
  say "downloading $2 $KUBERNETES_VERSION"
  download "$3" "$1/$2" && has_sha256 "$1/$2" "$(<"$1/$2.sum")"
}

# download_from_archive FOLDER NAME ARCHIVE ADDRESS SUMS, where %s in ADDRESS stands for a file's name
download_from_archive() {
  local address sum
  # shellcheck disable=SC2059 # the format is ours
  address=$(printf "$4" "$5")
  download "$address" "$1/$2.sums" || return 1
  sum=$(awk -v file="$3" '$2 == file || $2 ~ "/" file "$" || NF == 1 { print $1; exit }' "$1/$2.sums")
  say "downloading $3"
  # shellcheck disable=SC2059
  address=$(printf "$4" "$3")
  download "$address" "$1/$3" && has_sha256 "$1/$3" "$sum" || return 1
  mkdir -p "$1/unpacked" && tar -xzf "$1/$3" -C "$1/unpacked" || return 1
  find "$1/unpacked" -name "$2" -type f -exec mv {} "$1/$2" \;
  [[ -f $1/$2 ]]
}

# --- built ---------------------------------------------------------------------

# build_binaries FOLDER NAME...
build_binaries() {
  local folder=$1 go name
  local -a packages=()
  shift
  go=$(go_command)
  # Settings of the user's that would make it another build are set aside.
  export CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOWORK=off GOTOOLCHAIN=local
  unset GOOS GOARCH GOBIN
  for name; do
    case $name in
      etcd) packages+=(go.etcd.io/etcd/server/v3) ;;
      helm | coredns) ;;
      *) packages+=("k8s.io/kubernetes/cmd/$name") ;;
    esac
  done
  say "building $* from source; from nothing, on 2 idle cores: 4 min for etcd, kube-apiserver and kubectl, 8 for all"
  if ((${#packages[@]})); then build_kubernetes "$go" "$folder" "${packages[@]}"; fi
  for name; do
    case $name in
      etcd) mv "$folder/server" "$folder/etcd" ;;
      helm) install_module "$go" "$folder" helm.sh/helm/v3/cmd/helm "$HELM_VERSION" ;;
      coredns) install_module "$go" "$folder" github.com/coredns/coredns "$COREDNS_VERSION" ;;
    esac
    keep_binary "$name" "$folder/$name"
  done
}

build_kubernetes() {
  local go=$1 folder=$2 stamp=k8s.io/component-base/version minor
  shift 2
  minor=${KUBERNETES_VERSION#v1.}
  cd "$GO_MODULE" || return
  say "fetching the sources of Kubernetes ${KUBERNETES_VERSION}, as far as they are not here yet (60 MB)"
  "$go" mod download
  watch_build "$("$go" list -deps "$@" | wc -l)" "$go" build -v -mod=readonly -trimpath -o "$folder/" -ldflags "-s -w
    -X $stamp.gitVersion=$KUBERNETES_VERSION -X $stamp.gitMajor=1 -X $stamp.gitMinor=${minor%%.*}
    -X $stamp.gitTreeState=clean" "$@"
}

# install_module GO FOLDER PACKAGE VERSION
install_module() {
  GOBIN=$2 watch_build 0 "$1" install -v -trimpath -ldflags "-s -w" "$3@$4"
}

# Runs a Go build and tells every 15 s how many packages are done. Packages
# that an earlier build left in Go's own cache are skipped without a word.
# watch_build PACKAGES COMMAND...
watch_build() {
  local total=$1 started=$SECONDS told=$SECONDS log pid
  shift
  log=$(mktemp "$BINARIES/.new-log-XXXXXX")
  "$@" >"$log" 2>&1 &
  pid=$!
  while kill -0 $pid 2>/dev/null; do
    sleep 0.5
    ((SECONDS - told >= 15)) || continue
    told=$SECONDS
    say "  $(wc -l <"$log") packages$( ((total)) && echo " of at most $total") compiled after $((SECONDS - started)) s"
  done
  if ! wait $pid; then
    tail -20 "$log" >&2
    die "the build failed; run it again to go on where it stopped"
  fi
  rm -f "$log"
}
