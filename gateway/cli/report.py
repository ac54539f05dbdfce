"""A checked project in, its findings on a stream or in files out, in the formats that were asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from gateway.cli.formats import FindingsFormat, ReportFile
from gateway.cli.options import Colour, product, talk, wants_colour
from gateway.constants import (
    ENV_EXAMPLE,
    ENV_FILE,
    MODELS_DIR,
    ROOT_COMPOSE_FILE,
    STACK_DIR,
    TEMPLATES_DIR,
)
from gateway.diagnostics import Diagnostic, Excused, Related
from gateway.env_file import GITIGNORE
from gateway.model import GatewayError
from gateway.pipeline import Checked

_OF_THE_REPOSITORY = {
    FindingsFormat.SARIF,
    FindingsFormat.GITHUB,
    FindingsFormat.JUNIT,
    FindingsFormat.GITLAB,
    FindingsFormat.MARKDOWN,
}
"""The formats whose readers want paths relative to the repository's root."""
_CHECKOUTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Where GitHub's and GitLab's runners say that the repository is."""


def report(
    checked: Checked,
    *,
    format: FindingsFormat = FindingsFormat.TEXT,
    colour: Colour = Colour.AUTO,
    only: Collection[str] = (),
    stream: TextIO | None = None,
) -> tuple[Diagnostic, ...]:
    """Prints the findings, those about the paths in `only` where it names any, and returns them."""
    is_coloured = wants_colour(colour, stream or sys.stdout)
    _write(_rendered(checked, format, only, colour=is_coloured), stream)
    return _found(checked, only)


def write_reports(checked: Checked, files: Sequence[ReportFile], only: Collection[str]) -> None:
    """Writes the findings into each file, in its format. Raises GatewayError."""
    from gateway.write import write_file  # noqa: PLC0415 - only where a file is asked for

    for file in files:
        _refuse_own(file.path, checked)
    for file in files:
        write_file(file.path, _rendered(checked, file.format, only))


def _refuse_own(path: Path, checked: Checked) -> None:
    """A report must not go where the project's own files lie: nothing that somebody wrote is replaced."""
    root = checked.project.root
    sources = (checked.project.settings, *checked.project.fragments)
    named = (ENV_FILE, ENV_EXAMPLE, GITIGNORE, ROOT_COMPOSE_FILE, *(s.path for s in sources))
    own = {os.path.realpath(root / path) for path in named}
    folders = [Path(os.path.realpath(root / f)) for f in (MODELS_DIR, TEMPLATES_DIR, STACK_DIR)]
    place = Path(os.path.realpath(path))
    if str(place) in own or any(place.is_relative_to(folder) for folder in folders):
        raise GatewayError(f"--report: {path} is a place of the project's own", "name another file")


def say_summary(checked: Checked, format: FindingsFormat, only: Collection[str]) -> None:
    """The last line: after what people read on the same stream, else beside it."""
    is_read_by_people = format in {FindingsFormat.TEXT, FindingsFormat.GITHUB}
    line = summary_line(checked, only)
    if format is FindingsFormat.TEXT:
        line += _mendable(_found(checked, only))
    if is_read_by_people:
        product(line + "\n")
    else:
        talk(line)


def _mendable(found: Sequence[Diagnostic]) -> str:
    """How many of the findings have a fix; empty where none has.

    Whether each proves right only `gateway fix` finds out: that takes longer than to validate.
    """
    count = sum(each.fix is not None for each in found)
    return f"; `gateway fix` may mend {count} of them" if count else ""


def _found(checked: Checked, only: Collection[str]) -> tuple[Diagnostic, ...]:
    return tuple(d for d in checked.diagnostics if not only or d.path in only)


def _excused(checked: Checked, only: Collection[str]) -> tuple[Excused, ...]:
    return tuple(each for each in checked.excused if not only or each.diagnostic.path in only)


def summary_line(checked: Checked, only: Collection[str]) -> str:
    """How many findings there are about the paths in `only`, about all files where it is empty."""
    from gateway.diagnostics.text import summary  # noqa: PLC0415

    fragments = len(only) or len(checked.project.fragments)
    return summary(_found(checked, only), fragments, len(_excused(checked, only)))


def _rendered(  # noqa: PLR0911 - one for each format
    checked: Checked, format: FindingsFormat, only: Collection[str], *, colour: bool = False
) -> str:
    """The findings as text of that format. Each renderer is imported where it is asked for."""
    root = checked.project.root
    prefix = _prefix(root, _repository(root) if format in _OF_THE_REPOSITORY else os.curdir)
    shown = [_moved(diagnostic, prefix) for diagnostic in _found(checked, only)]
    files = (checked.project.settings, *checked.project.fragments)
    sources = {prefix + f.path: f.text for f in files if not only or f.path in only}
    match format:
        case FindingsFormat.JSON:
            from gateway.diagnostics.json import as_json  # noqa: PLC0415

            return as_json(shown, len(_excused(checked, only)))
        case FindingsFormat.SARIF:
            from gateway.diagnostics.sarif import as_sarif  # noqa: PLC0415

            excused = [(_moved(e.diagnostic, prefix), e.reason) for e in _excused(checked, only)]
            return as_sarif(shown, sources, excused)
        case FindingsFormat.GITHUB:
            from gateway.diagnostics.github import as_github  # noqa: PLC0415

            return as_github(shown)
        case FindingsFormat.JUNIT:
            from gateway.diagnostics.junit import as_junit  # noqa: PLC0415

            return as_junit(shown, sources)
        case FindingsFormat.GITLAB:
            from gateway.diagnostics.gitlab import as_gitlab  # noqa: PLC0415

            return as_gitlab(shown, sources)
        case FindingsFormat.MARKDOWN:
            from gateway.diagnostics.markdown import as_markdown  # noqa: PLC0415

            return as_markdown(shown, summary_line(checked, only))
    if not shown:
        return ""
    from gateway.diagnostics.text import as_text  # noqa: PLC0415

    return as_text(shown, sources, colour=colour)


def _write(text: str, stream: TextIO | None) -> None:
    if stream is None:
        product(text)
    else:
        stream.write(text)


def _repository(root: Path) -> str:
    """The checkout's root where a CI job says it and the project is in it, else this folder."""
    folders = [os.environ[name] for name in _CHECKOUTS if os.environ.get(name)]
    real = Path(os.path.realpath(root))
    return next((f for f in folders if real.is_relative_to(os.path.realpath(f))), os.curdir)


def _prefix(root: Path, base: str) -> str:
    """From `base` to the project, so that editors and CI find the file: empty, or ending in `/`."""
    if base != os.curdir:
        root, base = Path(os.path.realpath(root)), os.path.realpath(base)
    relative = Path(os.path.relpath(root, base)).as_posix()
    return "" if relative == "." else f"{relative}/"


def _moved(found: Diagnostic, prefix: str) -> Diagnostic:
    if not prefix:
        return found
    related = tuple(
        Related(prefix + other.path, other.span, other.message) for other in found.related
    )
    return replace(found, path=prefix + found.path, related=related)
