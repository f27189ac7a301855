# Sees to Debian packages: here those that the cluster without Docker is made of.
# shellcheck shell=bash

# command:package
NEEDED_COMMANDS=(
  containerd:containerd runc:runc docker-registry:docker-registry
  buildah:buildah mmdebstrap:mmdebstrap
  nft:nftables ip:iproute2 openssl:openssl curl:curl python3:python3
)

need_packages() {
  local -a more=()
  cni_plugins >/dev/null || more+=(containernetworking-plugins)
  need_commands "${more[@]}"
}

# Installs the packages of those NEEDED_COMMANDS that are not there, and the packages named.
need_commands() {
  local pair
  local -a missing=("$@")
  for pair in "${NEEDED_COMMANDS[@]}"; do
    have "${pair%%:*}" || missing+=("${pair##*:}")
  done
  ((${#missing[@]})) || return 0
  if ! have apt-get || { ((EUID != 0)) && ! sudo -n true 2>/dev/null; }; then
    die "install these first (as root), by their Debian names: ${missing[*]}"
  fi
  say "installing ${missing[*]} (apt-get, about 20 s)"
  without_starting_services install_packages "${missing[@]}"
}

# Debian's tools, with the rights that they need.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

install_packages() {
  local -a apt=(as_root env DEBIAN_FRONTEND=noninteractive apt-get)
  "${apt[@]}" install -qq -y --no-install-recommends "$@" >/dev/null 2>&1 ||
    { "${apt[@]}" update -qq && "${apt[@]}" install -qq -y --no-install-recommends "$@"; } >&2 ||
    die "apt-get could not install them; install by hand: $*"
}

# Debian starts what it installs; only our own containerd and registry are wanted.
without_starting_services() {
  local policy=/usr/sbin/policy-rc.d ours=no status=0
  if [[ ! -e $policy ]]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod +x $policy
  fi
  ("$@") || status=$?
  [[ $ours == no ]] || as_root rm -f $policy
  return $status
}

cni_plugins() {
  local folder
  for folder in /usr/lib/cni /opt/cni/bin; do
    if [[ -x $folder/ptp && -x $folder/host-local && -x $folder/loopback ]]; then
      echo $folder
      return
    fi
  done
  return 1
}
