"""What a container knows of its keys: the host's commands tell it, and the next container knows it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from beside import beside
from docker_rule import require_engine, require_root
from stack.projects import Project, Stack, gateway, model, running

UPSTREAM = 9413
KEYS = {f"KEY_{number}": f"key-{number}-in-a-container-0123" for number in (1, 2, 3)}
# Beside the proxy, in its network: the first key is refused, the second one exhausted for two hours.
_BESIDE = f"""
import sys
from gateway.stand_in import StandIn
from gateway.stand_in.quotas import Quota
with StandIn("far", port={UPSTREAM}, api_keys={list(KEYS.values())}) as server:
    server.limit({KEYS["KEY_1"]!r}, Quota(0, 401))
    server.limit({KEYS["KEY_2"]!r}, Quota(0, headers={{"retry-after": "7200"}}))
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    require_engine()
    require_root()
    provider = {
        "litellm": "openai",
        "api_base": f"http://127.0.0.1:{UPSTREAM}/v1",
        "rotation": "sequential",
        "api_keys": list(KEYS),
    }
    project = Project({"far": provider}, {"glm-5": model("far", "glm-5")}, values=KEYS)
    with running(tmp_path_factory.mktemp("project"), project, engine="docker") as stack:
        yield stack


def told(stack: Stack) -> dict[str, str]:
    """The lines of `gateway status` about keys, by the variable."""
    lines = gateway(stack.root, "status").stdout.splitlines()
    about = [line.split() for line in lines if line.startswith("  the key ")]
    return {words[2]: " ".join(words[6:]) for words in about}


def test_the_host_tells_what_the_container_knows(stack: Stack) -> None:
    with beside(stack, _BESIDE):
        assert stack.proxy.ask("chat", "glm-5").is_answer
        time.sleep(1.2)
        before = told(stack)
        assert before["KEY_1"].startswith("refused: not used for 4m"), before
        assert before["KEY_2"].startswith("exhausted for glm-5: not used for 1h 5"), before
        listed = gateway(stack.root, "keys", "list").stdout
        assert "KEY_3  far       1 request," in listed, listed
    assert gateway(stack.root, "restart", "--engine", "docker").returncode == 0
    with beside(stack, _BESIDE):
        after = told(stack)
        assert set(after) == {"KEY_2"}  # a new start asks refused keys again
        assert stack.proxy.ask("chat", "glm-5").is_answer
        state = (stack.root / ".gateway" / "state").iterdir()
        seen = b"".join(file.read_bytes() for file in state)
        assert not any(value.encode() in seen for value in KEYS.values())
