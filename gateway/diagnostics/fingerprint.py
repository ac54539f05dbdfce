"""Diagnostics and the files' texts in, one name for each finding out that stays when its line moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256

from gateway.diagnostics.diagnostic import Diagnostic
from gateway.diagnostics.secrets import blanked_line

Lines = Mapping[str, Sequence[str]]


def lines_of(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> Lines:
    """The lines of each file that a finding is about, as far as `sources` (path -> text) has it."""
    return {
        path: sources[path].split("\n") for path in {d.path for d in diagnostics} & set(sources)
    }


def plain_line(found: Diagnostic, lines: Lines) -> str | None:
    """The line that the finding begins on; None where it is not known or may hold a secret."""
    of_file = lines.get(found.path, ())
    if found.hides_value or not 1 <= found.span.line <= len(of_file):
        return None
    line = of_file[found.span.line - 1].rstrip("\r")
    return line if blanked_line(line) == line else None


def fingerprints(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> list[str]:
    """32 hexadecimal digits for each finding, in the same order, no two the same.

    Made of code, path and the line's text without its spaces, so that lines before it may come and
    go; the second finding of one code on equal lines is told from the first by being the second. A
    line that may hold a secret takes no part: the message stands for it.
    """
    lines = lines_of(diagnostics, sources)
    seen: Counter[tuple[str, str, str]] = Counter()
    names: list[str] = []
    for found in diagnostics:
        line = plain_line(found, lines)
        text = f"message {found.message}" if line is None else f"line {''.join(line.split())}"
        identity = (found.code, found.path, text)
        seen[identity] += 1
        whole = "\0".join((*identity, str(seen[identity])))
        names.append(sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return names
