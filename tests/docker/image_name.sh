#!/usr/bin/env bash
# Prints the image that engine.sh built for the pinned LiteLLM, where a Docker engine answers and has
# it; else nothing, so that the rendered default (the official image) is used.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^LITELLM_VERSION = "\(.*\)"/\1/p' gateway/constants.py)
image="gateway-litellm-test:v$version"
if command -v docker >/dev/null && timeout 10 docker image inspect "$image" >/dev/null 2>&1; then
    echo "$image"
fi
