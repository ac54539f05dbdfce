"""Whether containers can be tested here: their absence is a skip on a desk and a failure in CI."""

from __future__ import annotations

import os
import subprocess
from functools import cache

from absence import not_here

from gateway.constants import LITELLM_VERSION


def image() -> str:
    return os.environ.get("GATEWAY_IMAGE") or f"gateway-litellm-test:v{LITELLM_VERSION}"


@cache
def problem() -> str | None:
    """Why no container can run here; None where one can."""
    for argv, sentence in (
        (["docker", "version"], "no Docker engine answers"),
        (["docker", "compose", "version"], "Docker has no Compose plugin"),
        (["docker", "image", "inspect", image()], f"the image {image()} is not here"),
    ):
        try:
            done = subprocess.run(argv, capture_output=True, timeout=30, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return sentence
        if done.returncode != 0:
            return sentence
    return None


def require_engine() -> None:
    sentence = problem()
    if sentence is None:
        os.environ["GATEWAY_IMAGE"] = image()
        return
    not_here(f"{sentence}: `make docker-engine` makes it")


def require_root() -> None:
    """For what enters a container's network."""
    if os.geteuid() != 0:
        not_here("entering a container's network takes root")
