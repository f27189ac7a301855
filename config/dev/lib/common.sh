# What every script in config/dev shares: speaking, the cache, locks, downloads.
# shellcheck shell=bash

PROGRAM=${0##*/}
CACHE=${XDG_CACHE_HOME:-${HOME:?HOME is not set; it is needed to find the cache}/.cache}/alembic-operator

# Standard output is for results that other programs read; all else goes to standard error.
say() { printf '%s: %s\n' "$PROGRAM" "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# The comment at the head of a script, up to its first line of code, is its help.
print_help() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$1"; }

architecture() {
  case $(uname -m) in
    x86_64 | amd64) echo amd64 ;;
    aarch64 | arm64) echo arm64 ;;
    *) die "no binaries are known for the processor $(uname -m); amd64 and arm64 are" ;;
  esac
}

# Runs a command while no other process runs one under the same lock. The lock
# is descriptor 9, so a daemon must be started with 9>&- or it would keep it.
with_lock() {
  local lock=$CACHE/$1.lock
  shift
  mkdir -p "$CACHE"
  (
    if ! flock -n 9; then
      say "another run holds $lock; waiting for it"
      flock 9
    fi
    "$@"
  ) 9>"$lock"
}

# download URL FILE: quick to give up where there is no internet.
download() {
  curl -fsSL --connect-timeout 4 --retry 0 --speed-limit 1000 --speed-time 20 -o "$2" "$1" 2>/dev/null
}

# has_sha256 FILE SUM
has_sha256() { echo "$2  $1" | sha256sum --check --status 2>/dev/null; }

# Calls a command again and again until it succeeds: wait_for WHAT SECONDS COMMAND...
wait_for() {
  local what=$1 limit=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < limit)) || die "waited in vain for $what"
    sleep 0.1
  done
}
