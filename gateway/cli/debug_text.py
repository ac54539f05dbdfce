"""An error that is a bug in, its traceback out, without the values that this process could know."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import traceback
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from gateway.constants import ENV_FILE, SETTINGS_FILE
from gateway.diagnostics.secrets import blanked, says_secret
from gateway.model import GatewayError
from gateway.project import find_fragments, find_project, read_file

_SHORTEST = 6
_BLANK = "***"
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LINE = re.compile(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*?)[ \t]*$", re.MULTILINE)


def debug_text(error: BaseException) -> str:
    """With each value of the project's `.env` blanked, and of the variables that the project names."""
    text = "".join(traceback.format_exception(error))
    for value in sorted(set(_values()), key=len, reverse=True):
        if len(value) >= _SHORTEST:
            text = text.replace(value, _BLANK)
    return blanked(text)


def _values() -> Iterator[str]:
    """Of a `.env` that cannot be read whole, what stands behind each `=`."""
    texts = list(_texts())
    for written in (value for text in texts for _, value in _LINE.findall(text)):
        yield written
        yield written.partition(" #")[0].strip().strip("\"'")
    named = {word for text in texts for word in _WORD.findall(text)}
    for name, value in os.environ.items():
        if name in named or says_secret(name):
            yield value


def _texts() -> Iterator[str]:
    """Of the project's files, as far as there is a project and they can be read."""
    argv = sys.argv
    chosen = [a.removeprefix("--project=") for a in argv if a.startswith("--project=")]
    chosen += [after for before, after in pairwise(argv) if before == "--project"]
    with contextlib.suppress(GatewayError, OSError):
        root = Path(chosen[0]) if chosen else find_project(Path.cwd())
        for path in (ENV_FILE, SETTINGS_FILE, *find_fragments(root)):
            with contextlib.suppress(GatewayError):
                yield read_file(root, path).text
