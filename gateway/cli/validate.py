"""`gateway validate`: findings about the project's files, and nothing else: no engine, no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from gateway.cli.completion import complete_path
from gateway.cli.formats import (
    FindingsFormat,
    FindingsFormatOption,
    ReportFile,
    ReportOption,
    chosen_format,
    report_files,
)
from gateway.cli.options import Colour, ColourOption, ProjectOption, QuietOption, project_root

if TYPE_CHECKING:
    from gateway.diagnostics import Diagnostic


class FailOn(StrEnum):
    ERROR = "error"
    WARNING = "warning"


def command(  # noqa: PLR0913, PLR0917 - each one is an option
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES]...",
            help="Report on these files only; all files are still read.",
            autocompletion=complete_path,
        ),
    ] = None,
    project: ProjectOption = None,
    format: FindingsFormatOption = FindingsFormat.AUTO,
    reports: ReportOption = None,
    color: ColourOption = Colour.AUTO,
    quiet: QuietOption = False,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The least that ends with 1.")
    ] = FailOn.ERROR,
    watch: Annotated[
        bool, typer.Option("--watch", help="Validate again at every change, until Ctrl-C.")
    ] = False,
) -> None:
    """Find every mistake in gateway.yaml and models.d/."""
    from gateway.diagnostics import has_errors  # noqa: PLC0415 - `--help` loads no core

    root, wanted = project_root(project), report_files(reports)
    is_plain = watch and format is FindingsFormat.AUTO
    shown_as = FindingsFormat.TEXT if is_plain else chosen_format(format)

    def answer() -> tuple[Diagnostic, ...]:
        return _say(root, files or [], shown_as, wanted, color, quiet=quiet)

    if watch:
        _watch(root, answer, shown_as)
    found = answer()
    is_refused = bool(found) if fail_on is FailOn.WARNING else has_errors(found)
    raise typer.Exit(1 if is_refused else 0)


def _watch(root: Path, answer: Callable[[], object], format: FindingsFormat) -> NoReturn:
    from gateway.cli.watch import watch  # noqa: PLC0415 - watching alone needs it
    from gateway.model import GatewayError  # noqa: PLC0415

    if format is not FindingsFormat.TEXT:
        raise GatewayError("--watch says what it finds as text", "leave out --format, or --watch")
    watch(root, answer)


def _say(  # noqa: PLR0913 - likewise
    root: Path,
    files: list[Path],
    format: FindingsFormat,
    wanted: Sequence[ReportFile],
    colour: Colour,
    *,
    quiet: bool,
) -> tuple[Diagnostic, ...]:
    """Prints the findings about the files, or about all, writes the reports, and returns them."""
    from gateway.cli.chosen_files import chosen_paths  # noqa: PLC0415 - as above
    from gateway.cli.report import report, say_summary, write_reports  # noqa: PLC0415
    from gateway.pipeline import check  # noqa: PLC0415

    checked = check(root)
    only = chosen_paths(files, checked.project)
    write_reports(checked, wanted, only)
    found = report(checked, format=format, colour=colour, only=only)
    if not (quiet and not found):
        say_summary(checked, format, only)
    return found
