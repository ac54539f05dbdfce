# shellcheck shell=bash
# What engine.sh and image.sh share: talk, and packages from the mirror that this machine's apt sources name.
# Sourced, never run.

PATH=$PATH:/usr/sbin:/sbin # dockerd, debootstrap, chroot: not on every root's PATH
cache=${GATEWAY_CACHE:-/var/cache/gateway}

# stdout is the product (one line, from image.sh), stderr is talk.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# Exit 2: could not do the job.
give_up() {
	say "error: $*"
	exit 2
}

# Everything that installs goes through here first; $1 says what for.
require_root_on_debian() {
	grep -qsx 'ID=debian' /etc/os-release ||
		give_up "$1, and this script can provide that only on Debian"
	[ "$(id -u)" = 0 ] || give_up "$1, and only root can provide that: run it as root"
	mkdir -p "$cache"
}

codename() { (. /etc/os-release && echo "$VERSION_CODENAME"); }

# The URI of the mirror that serves this release's main component.
debian_mirror() {
	local uri
	# shellcheck disable=SC2016 # the dollars are apt's
	uri=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
		awk -v release="$(codename)" '$1 == release && $2 == "main" { print $3; exit }')
	[ -n "$uri" ] || give_up "no apt source of this machine names $(codename) main"
	echo "$uri"
}

# Runs a command silently; its output is shown only where it fails.
quietly() {
	local log status=0
	log=$(mktemp)
	"$@" >"$log" 2>&1 9>&- || status=$?
	[ "$status" = 0 ] || tail -n 20 "$log" >&2
	rm -f "$log"
	return "$status"
}

# Packages of this release; the index is fetched only where the one at hand is missing or stale.
install_packages() {
	say "installing $* from $(debian_mirror)"
	local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@")
	"${install[@]}" >/dev/null 2>&1 9>&- && return
	quietly apt-get update -qq || say "apt-get update had errors; going on with what it got"
	quietly "${install[@]}" || give_up "apt-get could not install $*"
}

# One at a time: two runs would build in the same places. Held until the script ends.
take_turn() {
	exec 9>"$cache/.lock-$1"
	flock -n 9 || {
		say "waiting for another run to finish"
		flock 9
	}
}
