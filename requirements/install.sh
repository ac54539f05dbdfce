#!/bin/sh
# What `pip install ARGS` does for a Python's environment, by uv where that can be had: in a quarter of the
# time. Where uv cannot (no package for the platform, another way to the index), pip does it.
#   requirements/install.sh PYTHON ARGS...
set -eu
python=$1
shift
uv=$(dirname "$python")/uv
pip_install() { "$python" -m pip --disable-pip-version-check install --quiet "$@"; }

[ -x "$uv" ] || pip_install --require-hashes --only-binary :all: -r "$(dirname "$0")/uv.txt" 2>/dev/null || true
[ -x "$uv" ] && "$uv" pip install --quiet --compile-bytecode --python "$python" "$@" 2>/dev/null && exit 0
pip_install "$@"
