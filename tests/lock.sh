#!/usr/bin/env bash
# Resolves the lock files anew: for every platform and Python that the project supports, with hashes,
# and without addresses. The test lock comes first; the others take its versions.
#   tests/lock.sh UV
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${1:?the uv program}
compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-annotate --no-header "$@"
}
printf 'hatchling>=1.26\neditables>=0.5\n' | compile - --output-file requirements/build.txt
printf 'uv\n' | compile - --output-file requirements/uv.txt
compile pyproject.toml --extra test --output-file requirements/test.txt
compile pyproject.toml --extra proxy --constraint requirements/test.txt --output-file requirements/proxy.txt
compile pyproject.toml --constraint requirements/test.txt --output-file requirements/core.txt
grep -nE 'https?://|^--(index|find|extra)' requirements/*.txt && { echo "an address in a lock file" >&2; exit 1; }
wc -l requirements/*.txt
