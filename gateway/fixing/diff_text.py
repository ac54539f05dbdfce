"""A plan in, a unified diff of it out, without the literal secrets that the lines may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff
from itertools import islice

from gateway.diagnostics.secrets import blanked_line
from gateway.fixing.plan import Plan

_TONES = {"+": "\033[32m", "-": "\033[31m", "@": "\033[36m"}
_RESET = "\033[0m"


def diff_text(plan: Plan, *, colour: bool = False) -> str:
    lines = [
        line
        for path, (old, new) in sorted(plan.changes().items())
        for line in _diff(path, old, new)
    ]
    return "".join(f"{_painted(line, colour)}\n" for line in lines)


def _diff(path: str, old: str | None, new: str) -> Iterator[str]:
    """A line without its line break is one of difflib's own, or the last of a file that ends without one."""
    before = "/dev/null" if old is None else f"a/{path}"
    lines = unified_diff(_lines(old or ""), _lines(new), before, f"b/{path}", lineterm="")
    yield from islice(lines, 2)  # `---` and `+++`: a line that begins so may also be a text's own
    for line in lines:
        if line.startswith("@@ "):
            yield line
            continue
        yield line[0] + blanked_line(line[1:].removesuffix("\n").removesuffix("\r"))
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _painted(line: str, colour: bool) -> str:
    tone = _TONES.get(line[:1]) if colour and not line.startswith(("+++", "---")) else None
    return f"{tone}{line}{_RESET}" if tone else line
