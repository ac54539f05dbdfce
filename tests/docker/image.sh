#!/usr/bin/env bash
# Provides the LiteLLM image for the container tests; stdout is one line, GATEWAY_IMAGE=<name>.
#
# Where a registry answers, that is the official image of the pinned version. Elsewhere it is built from Debian
# (debootstrap, minbase, the mirror of this machine's apt sources) and PyPI (this machine's pip configuration),
# laid out like the official one: entry point litellm, /app, port 4000, python3 on PATH, no curl, no wget.
# It is built anew only when the lock file, the version or these scripts have changed.
#
#   GATEWAY_CACHE          root file system and wheels are kept here (/var/cache/gateway)
#   GATEWAY_BUILD_IMAGE=1  do not ask for the official image, build
#   GATEWAY_PULL_TIMEOUT   seconds for pulling the official image (600); where no registry answers it fails at once
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$here/debian.sh"

# $1: a constant of gateway/constants.py, $2: its value where that file does not define it.
read_constant() {
	local value
	value=$(sed -nE "s/^$1(: *[A-Za-z]+)? *= *f?[\"']([^\"']+)[\"'].*/\2/p" "$root/gateway/constants.py" 2>/dev/null | head -n 1) || true
	echo "${value:-$2}"
}

version=$(read_constant LITELLM_VERSION 1.106.2)
lock=$root/requirements/proxy.txt
official=$(read_constant LITELLM_IMAGE 'docker.litellm.ai/berriai/litellm:v{LITELLM_VERSION}')
official=${official//'{LITELLM_VERSION}'/$version}
built=gateway-litellm-test:v$version
label=gateway.test-image.inputs

inputs() {
	{
		echo "$version"
		cat "$here/image.sh" "$here/debian.sh"
		[ ! -f "$lock" ] || cat "$lock"
	} | sha256sum | cut -d ' ' -f 1
}

is_current() { [ "$(docker image inspect --format "{{index .Config.Labels \"$label\"}}" "$built" 2>/dev/null)" = "$(inputs)" ]; }

# A registry that cannot be reached is known in seconds; one that can is given the time that a pull takes.
pull_official() {
	[ "${GATEWAY_BUILD_IMAGE:-}" != 1 ] || return 1
	docker image inspect "$official" >/dev/null 2>&1 && return
	local registry=${official%%/*} status=0
	if command -v curl >/dev/null; then
		curl -sS -o /dev/null --max-time 5 "https://$registry/v2/" 2>/dev/null || {
			say "$registry cannot be reached"
			return 1
		}
	fi
	say "pulling $official"
	timeout "${GATEWAY_PULL_TIMEOUT:-600}" docker pull -q "$official" >/dev/null 2>&1 || status=$?
	[ "$status" = 0 ] || say "$official could not be pulled (status $status)"
	return "$status"
}

# Debian with Python and nothing else, as a tarball in the cache. The folder given ends up holding it.
unpack_base() {
	local tarball
	tarball=$cache/rootfs-$(codename)-$(dpkg --print-architecture).tar
	if [ ! -f "$tarball" ]; then
		command -v debootstrap >/dev/null || install_packages debootstrap
		say "bootstrapping $(codename) from $(debian_mirror)"
		# A mount namespace of its own: whatever debootstrap mounts goes away with it.
		quietly unshare --mount debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv \
			"$(codename)" "$1.new" "$(debian_mirror)" || give_up 'debootstrap failed'
		rm -rf "$1.new"/var/cache/apt/* "$1.new"/var/lib/apt/lists/* "$1.new"/var/log/* "$1.new"/debootstrap \
			"$1.new"/usr/share/{doc,man,locale,info}/*
		tar -C "$1.new" --one-file-system --numeric-owner -cf "$tarball.new" .
		mv "$tarball.new" "$tarball"
		mv "$1.new" "$1"
		return
	fi
	mkdir "$1"
	tar -C "$1" --numeric-owner -xpf "$tarball"
}

# Wheels are fetched out here, where pip's configuration, proxies and certificates are those of the machine,
# and installed in there without a network. No source distributions: building one would run its code as root.
# Debian's own Python fetches, because it is the image's Python to the last digit, and requirements depend on that
# (redis wants async-timeout before 3.11.3, and bookworm has 3.11.2).
install_litellm() {
	local rootfs=$1 wanted=("litellm[proxy]==$version")
	[ ! -f "$lock" ] || wanted=(--require-hashes -r "$lock")
	/usr/bin/python3 -m pip --version >/dev/null 2>&1 || install_packages python3-pip
	say "fetching the wheels of ${wanted[*]}"
	mkdir -p "$cache/wheels"
	quietly /usr/bin/python3 -m pip download -q --only-binary :all: --dest "$cache/wheels" "${wanted[@]}" || give_up 'pip download failed'

	say 'installing and compiling them'
	mkdir -p "$rootfs/app" "$rootfs/build"
	cp -al "$cache/wheels" "$rootfs/build/wheels" # hard links: both are in the cache
	[ ! -f "$lock" ] || { cp "$lock" "$rootfs/build/proxy.txt" && wanted=(--require-hashes -r /build/proxy.txt); }
	local inside=(env -i PATH=/app/.venv/bin:/usr/bin:/bin:/usr/sbin HOME=/build LC_ALL=C.UTF-8 chroot "$rootfs")
	quietly "${inside[@]}" python3 -m venv /app/.venv || give_up 'the virtual environment could not be made'
	quietly "${inside[@]}" pip install -q --no-cache-dir --no-compile --no-index --find-links /build/wheels "${wanted[@]}" ||
		give_up 'pip install failed'
	# A read-only container cannot do it later, and without it LiteLLM takes twice as long to start.
	"${inside[@]}" python3 -m compileall -q -j 0 /app/.venv/lib >/dev/null || true # some packages ship files that are not Python 3
	rm -rf "$rootfs/build"
	local got
	got=$("${inside[@]}" python3 -c 'from importlib.metadata import version; print(version("litellm"))')
	[ "$got" = "$version" ] || give_up "${lock#"$root"/} installs LiteLLM $got, but gateway/constants.py says $version"
}

build() {
	local work
	require_root_on_debian "the image $built has to be built"
	take_turn image
	is_current && return # another run has just built it
	work=$(mktemp -d "$cache/build.XXXXXX")
	# shellcheck disable=SC2064 # now: $work is local
	trap "rm -rf --one-file-system '$work'" EXIT
	unpack_base "$work/rootfs"
	install_litellm "$work/rootfs"
	say "importing $built"
	local old
	old=$(docker image inspect --format '{{.Id}}' "$built" 2>/dev/null) || true
	tar -C "$work/rootfs" --one-file-system --numeric-owner -c . | docker import \
		--change 'ENV PATH=/app/.venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
		--change 'ENV LANG=C.UTF-8' \
		--change 'WORKDIR /app' --change 'EXPOSE 4000' \
		--change 'ENTRYPOINT ["litellm"]' --change 'CMD ["--port", "4000"]' \
		--change "LABEL $label=$(inputs)" - "$built" >/dev/null
	[ -z "$old" ] || docker image rm "$old" >/dev/null 2>&1 || say "the image before this one is still in use: $old"
}

if is_current; then
	image=$built
elif pull_official; then
	image=$official
else
	build
	image=$built
fi
say "image $image, $(docker image inspect --format '{{.Size}}' "$image" | awk '{ printf "%d MB", $1 / 1e6 }')"
echo "GATEWAY_IMAGE=$image"
