"""A process of its own that waits for another one's end, and then removes the container that it ran.

`docker compose run --rm` removes it by itself, unless it is killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping

from gateway.engine.pid_file import started

_POLL = 1.0
_SLOW = 60.0


def sweep_after_this_process(container: str, environ: Mapping[str, str]) -> None:
    """Removes the container of that name when this process, whatever it becomes, has ended."""
    pid = os.getpid()
    argv = [sys.executable, "-m", "gateway.engine.sweeper", container, str(pid), started(pid) or ""]
    process = subprocess.Popen(
        argv,
        cwd="/",
        env={**environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    process.wait()  # it goes on as nobody's child


def main() -> None:
    if os.fork():
        os._exit(0)
    container, pid, since = sys.argv[1:]
    while started(int(pid)) == since:
        time.sleep(_POLL)
    argv = ["docker", "rm", "--force", container]
    subprocess.run(argv, capture_output=True, timeout=_SLOW, check=False)


if __name__ == "__main__":
    main()
