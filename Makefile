# Two commands do all the set-up: `make demo` runs the main job, `make test` passes the tests.
# Each makes .venv, installs from the hash-pinned lock files, and is quick the second time.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := requirements/install.sh $(BIN)/python
# Half of the tests wait for something most of the time.
WORKERS ?= 4
LITELLM_VERSION := $(shell sed -n 's/^LITELLM_VERSION = "\(.*\)"/\1/p' gateway/constants.py)

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast lint types docs docs-write docker-engine lock fuzz snapshot litellm-upgrade bench clean

help:  ## Say what there is.
	@sed -n 's/^\([a-z-]*\):.*  ## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

demo: $(VENV)/.proxy  ## Run the main job: a real LiteLLM, stand-in upstreams, a real fallback. No key, no network.
	@GATEWAY_IMAGE="$${GATEWAY_IMAGE:-$$(tests/docker/image_name.sh)}" $(BIN)/gateway demo

test: $(VENV)/.test  ## Run all tests: the core, then LiteLLM as a process, then (with an engine) real containers.
	@echo "== tests of the core"
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests --ignore=tests/stack --ignore=tests/engine --ignore=tests/docker
	@echo "== tests on a real LiteLLM, as a process and in containers"
	@GATEWAY_IMAGE="$${GATEWAY_IMAGE:-$$(tests/docker/image_name.sh)}" $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup tests/docker tests/engine tests/stack

test-fast: $(VENV)/.test  ## Run the tests that need no LiteLLM.
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests --ignore=tests/stack --ignore=tests/engine --ignore=tests/docker

lint: $(VENV)/.test  ## Run the linters and the import contracts.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: $(VENV)/.test  ## Run the type checker.
	@$(BIN)/mypy

docs: $(VENV)/.test  ## Check that README and docs show what the tool prints.
	@$(BIN)/cog --check -P -I docs $$(grep -rl --include='*.md' '\[\[\[cog' README.md docs)

docs-write: $(VENV)/.test  ## Write into README and docs what the tool prints.
	@$(BIN)/cog -r -P -I docs $$(grep -rl --include='*.md' '\[\[\[cog' README.md docs)

docker-engine:  ## On Debian as root: start a Docker engine and build the LiteLLM image that the tests use.
	@tests/docker/engine.sh

bench: $(VENV)/.test  ## Run the benchmark of README's table.
	@$(BIN)/python benchmarks/bench.py

fuzz: $(VENV)/.test  ## Search for inputs that break TARGET (validate, trees, mutated, fix, import, request), for SECONDS.
	@$(BIN)/python tests/fuzz/fuzz.py $(TARGET) -max_total_time=$(or $(SECONDS),600)

snapshot: $(VENV)/.test  ## Write what the installed LiteLLM accepts into gateway/schema/litellm-keys.json.
	@$(BIN)/python tests/contract/make_litellm_keys.py

lock: $(VENV)/.test  ## Resolve the lock files anew.
	@tests/lock.sh $(BIN)/uv

litellm-upgrade: $(VENV)/.test  ## Move to LiteLLM VERSION: pin, image tag, lock files, snapshot. DRY=1 only says what would change.
	@test -n "$(VERSION)" || { echo "say which: make litellm-upgrade VERSION=x.y.z" >&2; exit 2; }
	@$(BIN)/python tests/contract/upgrade_litellm.py --uv $(BIN)/uv $(if $(DRY),-n) "$(VERSION)"

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "gateway needs Python 3.11 or newer: install it, or say make PYTHON=/path/to/python" >&2; exit 2; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { echo "this Python cannot make environments: on Debian, apt-get install python3-venv" >&2; rm -rf $(VENV); exit 2; }

$(VENV)/.proxy: requirements/proxy.txt requirements/build.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing LiteLLM $(LITELLM_VERSION) and gateway from the lock files (half a minute the first time)"
	@$(INSTALL) --require-hashes -r requirements/build.txt
	@$(INSTALL) --require-hashes -r requirements/proxy.txt
	@$(INSTALL) --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.proxy
	@echo "installing what the tests need from the lock file"
	@$(INSTALL) --require-hashes -r requirements/test.txt
	@touch $@

clean:  ## Remove the environment and what tests and tools left.
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage dist
