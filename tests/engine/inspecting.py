"""A project's folder in, what its container is and holds out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any


def inspect(root: Path) -> dict[str, Any]:
    """`docker inspect` of the gateway's container."""
    name = json.loads((root / "gateway.yaml").read_text())["server"]["project"]
    argv = ["docker", "inspect", f"{name}-gateway-1"]
    done = subprocess.run(argv, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)[0]
    return found


def proxy_environment(root: Path, engine: str) -> dict[str, str]:
    """What the running proxy really has in its environment."""
    if engine == "docker":
        return dict(pair.split("=", 1) for pair in inspect(root)["Config"]["Env"])
    pid = json.loads((root / ".gateway" / "proxy.json").read_text())["pid"]
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)
