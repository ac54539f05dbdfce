"""A source file in, a fragment out: its data, with a span for every path, and what the reader refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from gateway.constants import MODELS_DIR
from gateway.diagnostics import Diagnostic, Related
from gateway.model import Fragment, SourceFile, Span
from gateway.yaml_text import YamlProblem, read


def load(
    source: SourceFile, *, is_model: bool = True
) -> tuple[Fragment | None, tuple[Diagnostic, ...]]:
    """Reads one file. The fragment is None where its text could not be read as one mapping.

    A model's name is the `name` key's where that is text, else the file's name without its ending.
    """
    document = read(source.text)
    found = tuple(_diagnostic(problem, source.path) for problem in document.problems)
    data = document.data
    if not isinstance(data, dict):
        if not found:
            found = (_not_a_mapping(source, is_empty=data is None),)
        return None, found
    name = ""
    if is_model:
        written = data.get("name")
        name = written if isinstance(written, str) and written else stem(source.path)
    return Fragment(name, source, data, document.spans), found


def names_in(source: SourceFile) -> Iterator[str]:
    """The names and aliases that a file seems to give, whatever else is wrong with it."""
    yield stem(source.path)
    data = read(source.text).data
    if isinstance(data, dict):
        aliases = data.get("aliases")
        for name in (data.get("name"), *(aliases if isinstance(aliases, list) else ())):
            if isinstance(name, str):
                yield name


def stem(path: str) -> str:
    """`models.d/qwen3.5.yaml` -> `qwen3.5`: what a file's name says a model is called."""
    return PurePosixPath(path).name.removesuffix(".yaml").removesuffix(".yml")


def fragment_file(name: str) -> str | None:
    """The path of the fragment of `name`: `models.d/qwen3.5.yaml`; None where no file can be called so."""
    file_name = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    return f"{MODELS_DIR}/{file_name}.yaml" if file_name else None


def _diagnostic(problem: YamlProblem, path: str) -> Diagnostic:
    return Diagnostic(
        problem.code,
        problem.message,
        path,
        problem.span,
        problem.hint,
        related=tuple(Related(path, span, said) for said, span in problem.related),
        fix=problem.fix,
    )


def _not_a_mapping(source: SourceFile, *, is_empty: bool) -> Diagnostic:
    span = Span(1, 1, 1, len(source.text.split("\n", 1)[0]) + 1)
    if is_empty:
        return Diagnostic("GW009", "the file is empty", source.path, span, "write it, or remove it")
    return Diagnostic(
        "GW009",
        "the file is not a mapping",
        source.path,
        span,
        "write it as `key: value` lines",
    )
