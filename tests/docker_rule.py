"""Whether containers can be tested here: their absence is a skip on a desk and a failure in CI."""

from __future__ import annotations

import os
import subprocess
from functools import cache

import pytest

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
    sentence += ": `make docker-engine` makes it"
    if os.environ.get("CI"):
        pytest.fail(f"{sentence}; in CI the container tests may not skip")
    pytest.skip(sentence)
