"""Every target by its name, and what each search starts from."""

from __future__ import annotations

from collections.abc import Iterator

import targets
from imports import import_, sources
from request import request, runtime
from targets import Target

TARGETS: dict[str, Target] = {
    "validate": targets.validate,
    "trees": targets.trees,
    "mutated": targets.mutated,
    "fix": targets.fix,
    "import": import_,
    "request": request,
}


def seeds(name: str) -> Iterator[bytes]:
    """Whole files where the target reads files; else a few strings of decisions."""
    if name == "validate":
        yield from ("\n".join(lines).encode() for lines in targets.real_files())
    elif name == "import":
        for index, lines in enumerate(sources()):
            yield bytes([index % 6]) + "\n".join(lines).encode()
    else:
        yield from (bytes(range(start, start + 64)) for start in range(0, 192, 16))


def prepare(name: str) -> None:
    """Imports what the target imports at its first use, so that a search can see its branches."""
    if name == "request":
        runtime()
