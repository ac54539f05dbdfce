"""`gateway run` where the project has apps: the client has an app's key, and the master key is nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine.run_rig import Rig
from stack.projects import MASTER_KEY, gateway

from gateway.env_file import read_environment

APPS = {"coder": {"key": "CODER_KEY", "models": ["kimi"]}, "shop": {"key": "SHOP_KEY"}}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, {"apps": APPS})
    yield made
    gateway(made.project, "down", "--engine", "process")


def test_the_client_gets_the_apps_key(rig: Rig) -> None:
    for app in APPS:
        assert gateway(rig.project, "keys", "rotate", app).returncode == 0
    keys = read_environment(rig.project, ["CODER_KEY", "SHOP_KEY"], {})
    for argv, variable, app in (
        (["kimi"], "CODER_KEY", "coder"),
        (["--app", "shop", "kimi"], "SHOP_KEY", "shop"),
    ):
        ran = rig.run(*argv)
        assert ran.returncode == 0, ran.stderr
        assert f"Claude Code gets the key of the app `{app}` ({variable})\n" in ran.stderr
        record = json.dumps(rig.record())
        assert keys[variable] in record
        assert MASTER_KEY not in record
    refused = rig.run("glm-5")
    assert refused.returncode == 125
    assert "the app `coder` may not use `glm-5`" in refused.stderr
