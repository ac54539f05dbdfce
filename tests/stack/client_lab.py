"""A rendered stack and every client whose settings `gateway env --write` wrote, alone in a network of their own.

Run by `unshare --net` as `client_lab.py PLAN FOLDER`: PLAN is a JSON object, name -> {argv, …}; a
gateway is started in front of a stand-in, each client gets a home folder of its own with nothing but
what `gateway env` writes there, and says hello. Prints a JSON object: client -> what it came to. Nothing
here reaches an address that is not loopback: there is none.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from stack.projects import Project, Stack, model, provider, running

from gateway.stand_in import StandIn

_SIOCSIFFLAGS, _IFF_UP_RUNNING = 0x8914, 0x41
_AT_ONCE = 3
_QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_AUTOUPDATER": "1",
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
    "OPENCODE_DISABLE_MODELS_FETCH": "1",
    "AIDER_ANALYTICS": "false",
    "AIDER_CHECK_UPDATE": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}


def main() -> None:
    plan, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    _bring_loopback_up()
    with StandIn("cloud") as cloud:
        project = Project(
            providers={"cloud": provider(cloud.base_url)},
            models={
                name: model("cloud", f"up/{name}", context_window=100_000, aliases=[f"{name}-2"])
                for name in plan
            },
        )
        with running(folder / "project", project) as stack, ThreadPoolExecutor(_AT_ONCE) as pool:
            runs = {name: pool.submit(_run, stack, name, plan[name], folder) for name in plan}
            found = {name: run.result() for name, run in runs.items()}
        requests = cloud.requests
    for name, outcome in found.items():
        outcome["asked"] = [_system(r.body) for r in requests if r.model == f"up/{name}"]
    sys.stdout.write(json.dumps(found))


def _system(body: Any) -> str:
    """What the upstream was told before anybody spoke: where a prefix cache begins."""
    first = body["messages"][0] if isinstance(body, dict) and body.get("messages") else {}
    return json.dumps(first["content"]) if first.get("role") == "system" else ""


def _bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP_RUNNING))


def _run(stack: Stack, name: str, how: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Writes, or asks for the variables; runs the program; undoes what was written."""
    client = how.get("client", name)
    home = folder / "homes" / name
    work = home / "work"
    work.mkdir(parents=True)
    environ = {"HOME": str(home), "LANG": "C.UTF-8", "PATH": os.environ["PATH"], **_QUIET}
    environ |= how.get("environ", {})
    said = _env(stack, client, name, home, *how["env"])
    if said.returncode != 0:
        return {"code": said.returncode, "out": said.stdout, "err": said.stderr, "left": []}
    written = _files(home)
    argv = how["argv"]
    if "--write" not in how["env"]:
        environ |= {k: v for k, v in json.loads(said.stdout).items() if v is not None}
        text = _env(stack, client, name, home, "--format", "settings").stdout
        script = work / how["script"]
        script.write_text(text)
        argv = [*argv, str(script)]
    found = _outcome(argv, work, environ)
    if "then" in how:
        found = _outcome(how["then"], work, environ)
    undone = _env(stack, client, name, home, "--undo") if "--write" in how["env"] else None
    left = [name for name in written if (home / name).exists() and undone is not None]
    kept = home / how.get("keeps", "nothing")
    found["kept"] = kept.read_text() if kept.is_file() else ""
    return {**found, "written": written, "left": left, "said": said.stderr}


def _outcome(argv: list[str], work: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    try:
        done = subprocess.run(
            argv, cwd=work, env=environ, capture_output=True, text=True, timeout=120,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        return {"code": -1, "out": str(error.stdout), "err": str(error.stderr)}
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}


def _env(
    stack: Stack, client: str, name: str, home: Path, *args: str
) -> subprocess.CompletedProcess[str]:
    """In the work folder, as a person would."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "gateway", "env", client, *args),
            *(() if "--undo" in args else (f"{name}-2",)),
            *("--project", str(stack.root)),
        ],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": os.environ["PYTHONPATH"]},
        cwd=home / "work",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _files(home: Path) -> list[str]:
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
