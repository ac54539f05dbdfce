"""What `gateway run` starts in tests: it says how it was started, and then ends in the way it is told to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    argv, settings = sys.argv[1:], {}
    if argv[:1] == ["--settings"]:
        settings, argv = json.loads(argv[1]), argv[2:]
    record = {
        "argv": argv,
        "settings": settings,
        "pid": os.getpid(),
        "env": dict(os.environ),
        "sigpipe_is_ignored": _ignored_at_start(signal.SIGPIPE),
        "has_stdin": Path("/proc/self/fd/0").exists(),
        "children": Path(f"/proc/self/task/{os.getpid()}/children").read_text(),
        "tty": os.isatty(1),
        "size": list(shutil.get_terminal_size()),
    }
    path = Path(os.environ["RECORD"])
    Path(f"{path}.new").write_text(json.dumps(record))
    Path(f"{path}.new").replace(path)
    match argv:
        case ["exit", code]:
            sys.exit(int(code))
        case ["die", number]:
            os.kill(os.getpid(), int(number))
        case ["copy"]:
            sys.stdout.write(sys.stdin.read().upper() if sys.stdin else "closed")
        case ["leave", seconds]:
            void = subprocess.DEVNULL
            argv = ["sleep", seconds]
            # As programs do that are not Python: it inherits every descriptor.
            subprocess.Popen(
                argv, stdout=void, stderr=void, close_fds=False, start_new_session=True
            )
        case ["wait"]:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.pause()
        case ["shrug"]:
            signal.signal(signal.SIGINT, lambda *_: path.with_name("shrugged").touch())
            time.sleep(60)


def _ignored_at_start(number: int) -> bool:
    """Python itself ignores SIGPIPE; what it was told at the start stands in the shell's answer."""
    return bool(int(os.environ["IGNORED"], 16) & 1 << (number - 1))


main()
