"""The formats of findings: `--format` for the standard output, `--report FORMAT=FILE` for files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

import typer


class FindingsFormat(StrEnum):
    AUTO = "auto"
    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"
    GITLAB = "gitlab"
    MARKDOWN = "markdown"


class ReportFile(NamedTuple):
    """A file to write the findings into."""

    format: FindingsFormat
    path: Path


FindingsFormatOption = Annotated[
    FindingsFormat,
    typer.Option(
        "--format",
        help="How findings are printed; auto: github in a job of GitHub Actions, else text.",
    ),
]
ReportOption = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="FORMAT=FILE",
        help="Also write them into a file, such as sarif=gateway.sarif; may be repeated.",
    ),
]


def chosen_format(format: FindingsFormat) -> FindingsFormat:
    if format is not FindingsFormat.AUTO:
        return format
    is_github = os.environ.get("GITHUB_ACTIONS") == "true"
    return FindingsFormat.GITHUB if is_github else FindingsFormat.TEXT


def report_files(texts: Iterable[str] | None) -> list[ReportFile]:
    """What `--report` asks for. Raises GatewayError for a format that is none."""
    from gateway.model import GatewayError  # noqa: PLC0415 - `--help` loads no core

    known = [each.value for each in FindingsFormat if each is not FindingsFormat.AUTO]
    files = []
    for text in texts or ():
        name, equals, path = text.partition("=")
        if not equals or not path:
            raise GatewayError(f"--report {text} is not FORMAT=FILE", "say sarif=gateway.sarif")
        if name not in known:
            raise GatewayError(f"--report: `{name}` is no format", f"there are: {', '.join(known)}")
        files.append(ReportFile(FindingsFormat(name), Path(path)))
    return files
