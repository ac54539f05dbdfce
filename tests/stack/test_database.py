"""`database: postgres` on a real LiteLLM that finds no database: what is rendered is read, and who is asked."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from stack.projects import MASTER_KEY, Project, gateway, model, provider

from gateway.constants import PROXY_ENVIRONMENT
from gateway.stand_in import StandIn

VIRTUAL = "sk-virtual-0123456789abcdef"
VALUES = {"POSTGRES_PASSWORD": "canary0123456789", "LITELLM_SALT_KEY": "sk-salt-0123456789"}
RUN = "import sys; from litellm import run_server; sys.exit(run_server())"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """As the container starts it, but for the address of the database, to which nobody here could speak."""
    root = tmp_path_factory.mktemp("project")
    with StandIn("home") as upstream:
        providers, models = {"home": provider(upstream.base_url)}, {"one": model("home", "one")}
        port = Project(providers, models, {"database": "postgres"}, VALUES).write(root)
        rendered = gateway(root, "render", "-q")
        assert rendered.returncode == 0, rendered.stderr
        refused = gateway(root, "up", "--engine", "process")
        assert refused.returncode == 2
        assert "`database: postgres` runs in Docker alone" in refused.stderr
        config = str(root / "compose" / "litellm_config.yaml")
        argv = ["--config", config, "--host", "127.0.0.1", "--port", str(port)]
        environ = {
            **PROXY_ENVIRONMENT,
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "PYTHONPATH": str(root / "compose"),
            "LITELLM_MASTER_KEY": MASTER_KEY,
            "LITELLM_SALT_KEY": VALUES["LITELLM_SALT_KEY"],
            "GATEWAY_VIRTUAL_KEYS": "1",
        }
        with (root / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", RUN, *argv], env=environ, stdout=log, stderr=log, cwd=root
            )
        try:
            _wait(process, f"http://127.0.0.1:{port}", root)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], url: str, root: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, (root / "log").read_text()
        try:
            if httpx.get(f"{url}/health/liveliness", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise AssertionError("it does not answer")


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
def test_who_says_whose_key_it_is(url: str, path: str) -> None:
    """The door of nobody's; LiteLLM of every other, which it looks for in its database."""

    def ask(key: str | None) -> httpx.Response:
        body = {"model": "one", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return httpx.post(f"{url}{path}", json=body, headers=headers, timeout=60, trust_env=False)

    assert ask(MASTER_KEY).status_code == 200
    assert ask(None).status_code == 401
    virtual = ask(VIRTUAL)
    assert virtual.status_code == 400
    assert virtual.json()["error"]["message"] == "No connected db."
    assert VIRTUAL not in virtual.text
