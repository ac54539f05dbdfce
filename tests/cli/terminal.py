"""A shell on a terminal of its own, somebody who types and presses TAB, and the words that came of it."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

_SECONDS = 30.0
_LINE_START = "\x01"  # Ctrl-A
# What is typed before the line, so that the shell itself says which words it holds. The `%` keeps the
# typed text apart from the answer.
_SAY = "printf 'word=%s=\\n' "
_WORD = re.compile(r"word=([^%=]*)=\r?\n")
_ANSWER = re.compile(r"word=[^%=]*=\r?\n.*ready>", re.DOTALL)


class Terminal:
    """One interactive shell; its prompt is `ready>`."""

    def __init__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        self._shell = subprocess.Popen(
            argv, cwd=cwd, env=env, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)
        self.shown = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._shell.kill()
        self._shell.wait(timeout=10)
        os.close(self._master)

    def run(self, line: str) -> None:
        """Types a line and waits until the shell has run it."""
        mark = f"done{time.monotonic_ns()}"
        head, tail = mark[:4], mark[4:]
        self._type(f"{line}; printf '%s%s\\n' {head} {tail}\n")
        self._wait(re.compile(mark))

    def words(self, typed: str) -> list[str]:
        """The words of the line after `typed`, whose TABs complete, was typed.

        What is typed behind a TAB waits in the terminal until the completion is there.
        """
        self._type(f"{typed}{_LINE_START}{_SAY}\n")
        self._wait(_ANSWER)
        return _WORD.findall(self.shown)

    def _type(self, text: str) -> None:
        self.shown = ""
        os.write(self._master, text.encode())

    def _wait(self, wanted: re.Pattern[str]) -> None:
        until = time.monotonic() + _SECONDS
        while not wanted.search(self.shown):
            assert time.monotonic() < until, f"not seen: {wanted.pattern} in {self.shown!r}"
            if select.select([self._master], [], [], 0.1)[0]:
                self.shown += os.read(self._master, 65536).decode("utf-8", "replace")
