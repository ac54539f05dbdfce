"""A block of a test in, every command line that was seen on this machine meanwhile out."""

from __future__ import annotations

import threading
from pathlib import Path


class watched_command_lines:
    """Every command line that was seen on this machine while the block ran."""

    def __enter__(self) -> set[str]:
        self.seen: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self.seen

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
                except OSError:
                    continue
