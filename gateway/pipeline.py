"""The stages in order: read this first.

    project → load → validate → resolve → judge → render → write

Each stage is a function from one frozen type to the next and returns what it found as values; the
next file you need has the stage's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway import assets
from gateway.constants import STACK_DIR, TEMPLATES_DIR
from gateway.diagnostics import Diagnostic, Excused, has_errors, ordered
from gateway.judge import judge, rules_of
from gateway.load import load, names_in
from gateway.model import Blueprint, FileChange, Fragment, Rendered, SourceFile
from gateway.project import Project, find_ignored_files, read_project
from gateway.resolve import (
    find_escaped_secrets,
    find_literal_secrets,
    find_mistakes_in,
    find_named_secrets,
    resolve,
)
from gateway.validate import validate


@dataclass(frozen=True, slots=True)
class Checked:
    """A project, what was found in it, and its blueprint where nothing found is an error."""

    project: Project
    blueprint: Blueprint | None
    diagnostics: tuple[Diagnostic, ...]
    excused: tuple[Excused, ...] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """A checked project, the files of its stack, and what writing them would change."""

    checked: Checked
    rendered: Rendered
    changes: tuple[FileChange, ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """A project, what every stage found in it, and its blueprint where one can be made.

    `files` are the sound ones, `rules` what gateway.yaml says about codes: what it takes to judge.
    """

    project: Project
    blueprint: Blueprint | None
    found: tuple[Diagnostic, ...]
    files: tuple[Fragment, ...]
    rules: Mapping[str, str]


def check(root: Path) -> Checked:
    """Everything that is wrong with the project at `root`. Needs no network, no secret, no engine."""
    return check_project(read_project(root))


def check_project(project: Project) -> Checked:
    """Everything that is wrong with the project, whose texts may be newer than those on the disk."""
    examined = examine(project)
    judged = judge(examined.found, examined.files, examined.rules)
    blueprint = None if has_errors(judged.diagnostics) else examined.blueprint
    return Checked(examined.project, blueprint, judged.diagnostics, judged.excused)


def examine(project: Project) -> Examined:
    """What the stages find, before the project's own rules and excuses say what counts."""
    root = project.root
    settings, found = read_sound(project.settings, "gateway")
    rules = rules_of(settings, project.settings)
    found += find_ignored_files(root)
    fragments: list[Fragment] = []
    unsound: set[str] = set()
    for source in project.fragments:
        fragment, mistakes = read_sound(source, "model")
        found += mistakes
        if fragment is None:
            unsound.update(names_in(source))
        else:
            fragments.append(fragment)
    if settings is None:
        found += find_mistakes_in(fragments)
        return Examined(project, None, tuple(found), tuple(fragments), rules)
    blueprint, across = resolve(fragments, settings, unsound)
    found += across
    if (root / TEMPLATES_DIR).is_dir() and blueprint is not None and root != assets.sample_folder():
        found += _render(blueprint, root)[1]  # only a project's own templates can be wrong
    return Examined(project, blueprint, tuple(found), (settings, *fragments), rules)


def read_sound(source: SourceFile, schema_name: str) -> tuple[Fragment | None, list[Diagnostic]]:
    """One file, loaded and validated; None where it is not sound. Files are never merged first."""
    fragment, found = load(source, is_model=schema_name == "model")
    mistakes = [*found, *find_literal_secrets(source)]
    if fragment is not None:
        mistakes += [*find_escaped_secrets(fragment), *find_named_secrets(fragment)]
        mistakes += validate(fragment, schema_name)
    return (None if has_errors(mistakes) else fragment), mistakes


def build(root: Path) -> Built:
    """Checks, renders, and compares with what is on the disk; writes nothing."""
    from gateway.write import plan  # noqa: PLC0415 - `validate` needs neither jinja2 nor a plan

    checked = check(root)
    if checked.blueprint is None:
        return Built(checked, {}, ())
    rendered, found = _render(checked.blueprint, root)
    checked = replace(checked, diagnostics=ordered((*checked.diagnostics, *found)))
    return Built(checked, rendered, () if has_errors(found) else plan(rendered, root))


def _render(blueprint: Blueprint, root: Path) -> tuple[Rendered, Iterable[Diagnostic]]:
    from gateway.project_schemas import project_schemas  # noqa: PLC0415 - see above
    from gateway.render import render  # noqa: PLC0415

    own, ours = root / TEMPLATES_DIR, assets.templates_folder()
    rendered, found = render(blueprint, own, ours, assets.runtime_files())
    image = {f"{STACK_DIR}/client/{name}": text for name, text in assets.client_files().items()}
    return {**rendered, **image, **project_schemas(blueprint)}, found
