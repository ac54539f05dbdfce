#!/usr/bin/env bash
# Provides a Docker engine, Compose >= 2.20 and the LiteLLM test image, installing only what is missing.
#
#   tests/docker/engine.sh            the last line of stdout is GATEWAY_IMAGE=<name>
#   tests/docker/engine.sh --no-image engine and Compose only; nothing on stdout
#
# An engine that answers and a Compose that is new enough are used as they are, on any machine, by any user.
# Installing takes root on Debian. GATEWAY_CACHE (/var/cache/gateway) and the variables of image.sh are read.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
. "$here/debian.sh"

minimum_compose=2.20
plugin_folder=/usr/local/lib/docker/cli-plugins # Docker's own packages and Debian's client both look here
log=/var/log/gateway-dockerd.log
pid_file=/run/gateway-dockerd.pid

engine_version() { timeout 10 docker version --format '{{.Server.Version}}' 2>/dev/null; }

compose_version() {
	timeout 10 docker compose version --short 2>/dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1
}

new_enough() { [ -n "$1" ] && printf '%s\n' "$minimum_compose" "$1" | sort -C -V; }

# True once the engine answers; false when 30 seconds have passed or the process given is gone.
wait_for_engine() {
	local deadline=$((SECONDS + 30))
	while [ "$SECONDS" -lt "$deadline" ]; do
		engine_version >/dev/null && return
		kill -0 "$1" 2>/dev/null || return 1
		sleep 0.2
	done
	return 1
}

# $1: a folder to put first on PATH, or nothing. The rest: dockerd's options.
try_dockerd() {
	local path_first=$1 pid
	shift
	printf '\n--- dockerd %s (first on PATH: %s)\n' "$*" "${path_first:-nothing}" >>"$log"
	PATH=${path_first:+$path_first:}$PATH setsid nohup dockerd --pidfile "$pid_file" "$@" \
		>>"$log" 2>&1 </dev/null 9>&- &
	pid=$!
	wait_for_engine "$pid" && return
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	return 1
}

# Debian's iptables speaks to nf_tables; a kernel without it still has the older interface.
# A folder of links for dockerd alone leaves the machine's choice as it is.
legacy_iptables() {
	local folder=/usr/local/lib/gateway-dockerd name
	mkdir -p "$folder"
	for name in iptables ip6tables; do ln -sfn "/usr/sbin/$name-legacy" "$folder/$name"; done
	echo "$folder"
}

start_engine() {
	local pid
	[ -z "${DOCKER_HOST:-}" ] || give_up "no engine answers at DOCKER_HOST=$DOCKER_HOST: start it there, or unset DOCKER_HOST"
	if pid=$(pgrep -o -x dockerd); then # the package's own service, or a run that was cut short
		say "waiting for dockerd, process $pid"
		wait_for_engine "$pid" && return
		kill -0 "$pid" 2>/dev/null && give_up "dockerd, process $pid, runs but does not answer"
	fi
	rm -f "$pid_file" # nobody's by now, and dockerd refuses to start where its process id is in use again
	say "starting dockerd (log: $log, process id: $pid_file)"
	try_dockerd '' && return
	say 'dockerd did not start; trying the storage driver vfs'
	try_dockerd '' --storage-driver vfs && return
	say 'dockerd did not start; trying the older iptables interface'
	try_dockerd "$(legacy_iptables)" && return
	try_dockerd "$(legacy_iptables)" --storage-driver vfs && return
	tail -n 20 "$log" >&2
	/usr/bin/docker version >/dev/null 2>&1 &&
		give_up "the engine runs, but $(command -v docker) cannot talk to it: put /usr/bin first on PATH"
	give_up "dockerd did not start; its log is $log"
}

# The release after this one, whose Compose is new enough; nothing else is ever taken from it.
next_release() {
	case $(codename) in
	bookworm) echo trixie ;;
	*) give_up "Compose $minimum_compose or newer is missing, and this script does not know which release follows $(codename)" ;;
	esac
}

# apt with one source and with lists and caches of its own: the machine's apt never learns of that release.
install_compose() {
	local release work keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	release=$(next_release)
	work=$(mktemp -d)
	# shellcheck disable=SC2064 # now: $work is local
	trap "rm -rf '$work'" EXIT
	mkdir -p "$work/lists/partial" "$work/archives/partial"
	echo "deb [signed-by=$keyring] $(debian_mirror) $release main" >"$work/sources.list"
	say "taking the Compose plugin from docker-compose of $release"
	local apt=(apt-get -qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o "Dir::State::Lists=$work/lists" -o "Dir::Cache::Archives=$work/archives"
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Acquire::Languages=none
		-o APT::Update::Post-Invoke-Success::= -o APT::Sandbox::User=root)
	quietly "${apt[@]}" update || give_up "the index of $release could not be fetched"
	(cd "$work" && quietly "${apt[@]}" download docker-compose) || give_up "docker-compose of $release could not be fetched"
	dpkg -x "$work"/docker-compose_*.deb "$work/root"
	install -D -m 0755 "$(find "$work/root" -type f -path '*/cli-plugins/docker-compose')" "$plugin_folder/docker-compose"
	rm -rf "$work"
	trap - EXIT
	new_enough "$(compose_version)" ||
		give_up "$(command -v docker) does not take Compose from $plugin_folder: an older one in ~/.docker/cli-plugins wins?"
}

with_image=yes
case "$*" in
'') ;;
--no-image) with_image=no ;;
*) give_up "usage: ${0##*/} [--no-image]" ;;
esac

if ! engine_version >/dev/null; then
	require_root_on_debian 'no Docker engine answers here'
	take_turn engine
	command -v dockerd >/dev/null || install_packages docker.io
	command -v pgrep >/dev/null || install_packages procps
	engine_version >/dev/null || start_engine
fi
if ! new_enough "$(compose_version)"; then
	require_root_on_debian "\`docker compose\` $minimum_compose or newer is missing"
	take_turn engine
	new_enough "$(compose_version)" || install_compose
fi
say "engine $(engine_version), Compose $(compose_version), $(command -v docker)"
exec 9>&-
[ "$with_image" = no ] || exec "$here/image.sh"
