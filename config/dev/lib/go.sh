# Finds a Go that is new enough, or fetches one from the Go module proxy.
# shellcheck shell=bash

# Prints the path of a go command that can build what kubernetes/go.mod names.
go_command() {
  local candidate version
  for candidate in "$(command -v go || true)" /usr/local/go/bin/go "$(fetched_go)"; do
    [[ -x $candidate ]] || continue
    version=$(GOTOOLCHAIN=local "$candidate" env GOVERSION)
    if at_least "${version#go}" "$GO_NEEDED"; then
      echo "$candidate"
      return
    fi
    say "$candidate is $version; at least go$GO_NEEDED is needed"
  done
  fetch_go
  fetched_go
}

at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1) == "$2" ]]; }

fetched_go() { echo "$CACHE/go/go$GO_FETCHED/bin/go"; }

fetch_go() {
  local name zip new sum_of_architecture
  for name in curl unzip; do
    have $name || die "Go $GO_NEEDED or newer is needed and can be fetched once $name is installed; or install Go yourself"
  done
  name=golang.org/toolchain@v0.0.1-go$GO_FETCHED.linux-$(architecture)
  sum_of_architecture=GO_FETCHED_SUM_$(architecture)
  mkdir -p "$CACHE/go"
  new=$(mktemp -d "$CACHE/go/.new-XXXXXX")
  zip=$new/go.zip
  say "fetching Go $GO_FETCHED from the Go module proxy (70 MB)"
  download_from_proxy "${name%@*}/@v/${name#*@}.zip" "$zip" ||
    die "Go $GO_NEEDED or newer is needed, and no module proxy in GOPROXY has it: install Go, or set GOPROXY"
  unzip -q "$zip" -d "$new"
  [[ $(module_sum "$new" "$name") == "${!sum_of_architecture}" ]] ||
    die "the Go toolchain that the module proxy sent is not the one that was published; nothing was installed"
  # A module's zip file carries no permissions.
  chmod +x "$new/$name"/bin/* "$new/$name"/pkg/tool/*/*
  mv -T "$new/$name" "$CACHE/go/go$GO_FETCHED" 2>/dev/null || [[ -x $(fetched_go) ]]
  rm -rf "$new"
}

# The sum that go.sum would hold: the hash of the sorted list of all files' hashes.
module_sum() {
  (cd "$1" && find "$2" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum |
    cut -c1-64 | tr -d '\n' | sed 's/../\\x&/g' | xargs -0 printf '%b' | base64)
}

# GOPROXY is a list, its parts divided by commas or bars; "direct" and "off" are no addresses. Where neither it nor an
# (old) Go tells one, there is none to ask.
download_from_proxy() {
  local proxies proxy
  proxies=${GOPROXY:-$(go env GOPROXY 2>/dev/null || true)}
  for proxy in $(tr ',|' '  ' <<<"$proxies"); do
    case $proxy in
      direct | off) ;;
      *) if download "${proxy%/}/$1" "$2"; then return; fi ;;
    esac
  done
  return 1
}
