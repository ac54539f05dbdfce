"""Commands of `gateway` in, their ends out; LiteLLM is imported once for all that they start.

`python launcher.py`: a line of JSON for each command, {argv, cwd, environ}, and one back with its
{returncode, stdout, stderr}. The command is the real one in a fork of this process, with the environment
that it was given and no other, and so is the LiteLLM that it starts: its arguments, environment, folder,
session and log are those that the engine says. What it does not do again is four seconds of imports.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, NoReturn

from gateway.constants import PROXY_ENVIRONMENT

Ended = subprocess.CompletedProcess[str]


def run(argv: Sequence[str], cwd: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """The command in a process of its own, to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            become(lambda: _command(argv), cwd, environ, out, err)
        _, status = os.waitpid(pid, 0)
        written = {}
        for name, file in (("stdout", out), ("stderr", err)):
            file.seek(0)
            written[name] = file.read().decode()
    return {"returncode": os.waitstatus_to_exitcode(status), **written}


def become(
    main: Callable[[], object],
    cwd: str | Path,
    environ: Mapping[str, str],
    out: IO[bytes],
    err: IO[bytes],
) -> NoReturn:
    """The child after a fork: `main`, as if Python had been started with these for it."""
    code: object = 1
    try:
        with Path(os.devnull).open("rb") as nothing:
            for descriptor, file in enumerate((nothing, out, err)):
                os.dup2(file.fileno(), descriptor)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environ)
        code = main()
    except SystemExit as leaving:
        code = leaving.code
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def _command(argv: Sequence[str]) -> None:
    import gateway.cli.main  # noqa: PLC0415 - imported before the fork
    import gateway.engine.process  # noqa: PLC0415

    gateway.engine.process.subprocess = SimpleNamespace(  # type: ignore[attr-defined]
        Popen=_start, DEVNULL=subprocess.DEVNULL
    )
    sys.argv = ["gateway", *argv]
    gateway.cli.main.run()


def _start(argv: Sequence[str], **how: Any) -> Any:
    """What the process engine calls to start LiteLLM."""
    from gateway.engine.process import _START  # noqa: PLC0415

    python, option, program, *words = argv
    assert (python, option, program) == (sys.executable, "-c", _START), argv
    assert how.keys() == {"cwd", "env", "stdin", "stdout", "stderr", "start_new_session"}, how
    if "--num_workers" in words:  # its workers import LiteLLM themselves
        return subprocess.Popen(argv, **how)
    pid = os.fork()
    if pid == 0:
        os.setsid()

        def main() -> None:
            sys.path.insert(0, how["env"]["PYTHONPATH"])
            sys.argv = ["-c", *words]
            exec(program, {"__name__": "__main__"})

        become(main, how["cwd"], how["env"], how["stdout"], how["stderr"])
    return SimpleNamespace(pid=pid)


def serve() -> None:
    import gateway.cli.main  # noqa: PLC0415
    import gateway.engine.process  # noqa: F401, PLC0415

    import_litellm()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(run(**json.loads(line))) + "\n")
        answers.flush()


def import_litellm() -> None:
    """With what it imports and builds at its first requests: its routes alone take a second."""
    gc.set_threshold(100_000)
    import litellm.proxy.proxy_cli  # noqa: F401, PLC0415
    from litellm.proxy.proxy_server import app  # noqa: PLC0415

    for name in _imported_by_requests():
        importlib.import_module(name)
    for route in app.routes:
        route.matches({"type": "http", "method": "GET", "path": "/nowhere", "headers": []})
    gc.freeze()


def _imported_by_requests() -> list[str]:
    """Told by a fork that has them: what a request leaves behind but modules belongs to its event loop."""
    from gateway.runtime.warm_up import warm_up  # noqa: PLC0415

    before = set(sys.modules)
    with tempfile.TemporaryFile() as file:
        pid = os.fork()
        if pid == 0:
            asyncio.run(warm_up())
            file.write("\n".join(sys.modules.keys() - before).encode())
            file.flush()
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        assert status == 0, status
        file.seek(0)
        return file.read().decode().split()


class Launcher:
    """A process of this module's, which ends with the one that made it. Threads wait for each other."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env={**environ, **PROXY_ENVIRONMENT},  # LiteLLM reads some of it where it is imported
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, argv: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> Ended:
        """What `subprocess.run` would say of `gateway` with these arguments."""
        assert self._process.stdin is not None and self._process.stdout is not None
        words = json.dumps({"argv": argv, "cwd": str(cwd), "environ": environ})
        with self._lock:
            self._process.stdin.write(words + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        return subprocess.CompletedProcess(["gateway", *argv], **json.loads(line))

    def close(self) -> None:
        with self._process:  # closes its pipes, which ends it, and waits
            pass


if __name__ == "__main__":
    serve()
