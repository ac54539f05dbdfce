"""An image with the real Claude Code, made of the image at hand: no registry of images is asked."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from docker_rule import image
from node_tools import npm_folder

CLIENT = Path(__file__).parents[2] / "templates" / "client"
_PROGRAM = "node_modules/@anthropic-ai/claude-code-linux-x64/claude"
_DOCKERFILE = "FROM {base}\nCOPY claude /usr/local/bin/claude\nENTRYPOINT []\n"


def client_image() -> str:
    """Its name; built only where the lock file, or the image that it stands on, has changed."""
    base = image()
    lock = (CLIENT / "package-lock.json").read_bytes()
    name = f"gateway-client-test:{hashlib.sha256(base.encode() + lock).hexdigest()[:16]}"
    argv = ["docker", "image", "inspect", name]
    if subprocess.run(argv, capture_output=True, check=False).returncode == 0:
        return name
    with tempfile.TemporaryDirectory(dir=npm_folder(CLIENT)) as folder:
        os.link(npm_folder(CLIENT) / _PROGRAM, Path(folder) / "claude")
        (Path(folder) / "Dockerfile").write_text(_DOCKERFILE.format(base=base))
        argv = ["docker", "build", "--quiet", "--tag", name, folder]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return name
