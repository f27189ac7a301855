# Images made without a public registry, and the cluster's own registry.
# shellcheck shell=bash

export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}
# Images that this cluster makes carry this in their names.
IMAGES=localhost/alembic-operator

# What the cluster itself runs. PostgreSQL is the official image, and one of our
# own where lib/recipe.sh can't count on a public registry.
name_images() {
  PAUSE_IMAGE=pause:$(image_tag pause)
  COREDNS_IMAGE=coredns:$(image_tag coredns)
  POSTGRES_IMAGE=$REGISTRY/postgres:$(image_tag postgres)
}
POSTGRES_IMAGE=${ALEMBIC_CLUSTER_POSTGRES_IMAGE:-docker.io/library/postgres:17}

# An image of ours is named by what it is made of, so a change makes a new one.
image_tag() {
  case $1 in
    debian) echo "$DEBIAN_SUITE" ;;
    coredns) echo "$COREDNS_VERSION" ;;
    pause) content_hash "$GO_MODULE/images/pause/Dockerfile" "$GO_MODULE/pause/main.go" ;;
    *) echo "$DEBIAN_SUITE-$(content_hash "$GO_MODULE/images/$1"/*)" ;;
  esac
}

content_hash() { cat "$@" | sha256sum | cut -c1-8; }

# Sees to the image debian, python or postgres in buildah's store; prints its name there.
base_image() {
  local image=$IMAGES/$1
  image+=:$(image_tag "$1")
  buildah inspect --type image "$image" >/dev/null 2>&1 || with_lock images "make_$1" "$image" >&2
  echo "$image"
}

make_debian() {
  local archive=$CACHE/images/debian-$DEBIAN_SUITE.tar container
  buildah inspect --type image "$1" >/dev/null 2>&1 && return
  if [[ ! -f $archive ]]; then
    mkdir -p "${archive%/*}"
    say "making a Debian image from Debian's packages (about a minute)"
    mmdebstrap --quiet --variant=minbase --include=ca-certificates "$DEBIAN_SUITE" "$archive.new.tar" >&2 ||
      die "mmdebstrap could not make a Debian image"
    mv "$archive.new.tar" "$archive"
  fi
  container=$(buildah from scratch)
  buildah add -q "$container" "$archive" / >/dev/null
  buildah config --cmd /bin/bash --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah commit -q --rm "$container" "$1" >/dev/null
}

make_python() { build_on_debian python "$1" "about half a minute"; }
make_postgres() { build_on_debian postgres "$1" "about a minute"; }

# build_on_debian NAME IMAGE HOW_LONG
build_on_debian() {
  local base log=$CACHE/images/$1.log
  base=$IMAGES/debian:$(image_tag debian)
  buildah inspect --type image "$2" >/dev/null 2>&1 && return
  make_debian "$base"
  say "building the image $2 ($3)"
  buildah bud --pull-never -q --build-arg "BASE=$base" -t "$2" "$GO_MODULE/images/$1" >"$log" 2>&1 || {
    tail -30 "$log" >&2
    die "the image could not be built"
  }
}

# build_static NAME IMAGE BINARY: an image of nothing but one static program.
build_static() {
  local folder
  folder=$(mktemp -d)
  cp "$GO_MODULE/images/$1/Dockerfile" "$folder"
  cp "$3" "$folder/$1"
  buildah bud -q -t "$2" "$folder" >/dev/null
  rm -rf "$folder"
}

pause_binary() {
  local pause=$BINARIES/tools/pause go
  if [[ ! -x $pause || $GO_MODULE/pause/main.go -nt $pause ]]; then
    go=$(go_command)
    (cd "$GO_MODULE" && CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOWORK=off "$go" build -trimpath -ldflags "-s -w" -o "$pause" ./pause)
  fi
  echo "$pause"
}

# --- the registry ------------------------------------------------------------

# registry_has NAME:TAG
registry_has() {
  curl -fso /dev/null -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
    -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' "http://$REGISTRY/v2/${1%:*}/manifests/${1##*:}"
}

# What the cluster itself runs; each is made and pushed once.
push_own_images() {
  if ! registry_has "$PAUSE_IMAGE"; then
    build_static pause "$IMAGES/pause" "$(pause_binary)"
    push "$IMAGES/pause" "$PAUSE_IMAGE" >/dev/null
  fi
  if ! registry_has "$COREDNS_IMAGE"; then
    build_static coredns "$IMAGES/coredns" "$COREDNS"
    push "$IMAGES/coredns" "$COREDNS_IMAGE" >/dev/null
  fi
  registry_has "${POSTGRES_IMAGE#*/}" ||
    push "$(base_image postgres)" "${POSTGRES_IMAGE#*/}" >/dev/null
}

# push IMAGE NAME:TAG, from buildah's store; prints the reference by digest.
push() {
  local digest status=0
  digest=$(mktemp)
  buildah push -q --tls-verify=false --digestfile "$digest" "$1" "docker://$REGISTRY/$2" >&2 || status=$?
  [[ $status != 0 ]] || echo "$REGISTRY/${2%:*}@$(<"$digest")"
  rm -f "$digest"
  return $status
}

# load_image IMAGE [NAME:TAG]: a docker archive or an image of buildah's store.
load_image() {
  local image=$1 name=$1
  if [[ -f $1 ]]; then
    image=$(buildah pull -q "docker-archive:$1") || die "$1 is no docker archive"
    name=$(tar -xOf "$1" manifest.json | python3 -c 'import json, sys; print(*(json.load(sys.stdin)[0].get("RepoTags") or [""])[:1])')
  fi
  name=${2:-$(name_in_registry "$name")}
  [[ -n $name ]] || die "$1 carries no name; give one: load IMAGE NAME:TAG"
  push "$image" "$name" || die "$1 was not pushed; 'buildah images' lists what can be, besides docker archives"
}

# The name without the registry it came from, and with a tag.
name_in_registry() {
  local name=$1
  case ${name%%/*} in
    "$name") ;;
    *.* | *:* | localhost) name=${name#*/} ;;
  esac
  case ${name##*/} in
    '' | *:*) echo "$name" ;;
    *) echo "$name:latest" ;;
  esac
}
