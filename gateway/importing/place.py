"""What was imported and a folder in, the new files of a project out; and the files written, none replaced."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.constants import ENV_FILE, MASTER_KEY, SETTINGS_FILE
from gateway.env_file import GITIGNORE, IGNORED, assignments_of, new_env_text
from gateway.env_text import Assignment, assignment
from gateway.fragment_text import fragment_path, fragment_text, settings_text
from gateway.importing.imported import Imported
from gateway.load import stem
from gateway.project import read_file
from gateway.validate import schema
from gateway.write import refuse_links_outside, remove_left_overs, write_all_new


@dataclass(frozen=True, slots=True)
class Placement:
    """What an import does to a folder.

    `new` are the files to be written, POSIX path relative to the folder -> text, in the order in which
    they are to appear: gateway.yaml, which makes the folder a project, is the last. `same` are there
    already with these very bytes, `conflicts` with others. `moved` are the variables whose literal
    values the new `.env` holds; `to_add` those that the existing `.env`, which is kept, lacks or has
    another value for; `unwritable` those whose value no line of a `.env` can hold.
    """

    new: Mapping[str, str] = field(repr=False)
    same: tuple[str, ...]
    conflicts: tuple[str, ...]
    moved: tuple[str, ...]
    to_add: tuple[str, ...]
    unwritable: tuple[str, ...]


def plan_import(imported: Imported, folder: Path, project: str) -> Placement:
    """Reads only. `project` names the stack where the import does not. Raises GatewayError."""
    there = assignments_of(folder)
    files = {GITIGNORE: IGNORED} if not _exists(folder / GITIGNORE) else {}
    if there is None:
        files[ENV_FILE] = env_text(imported)
    files.update(project_files(imported, project))
    texts = {path: _text(folder, path) for path in files}
    unwritable = tuple(n for n, value in imported.secrets.items() if assignment(n, value) is None)
    return Placement(
        new={path: text for path, text in files.items() if texts[path] is None},
        same=tuple(path for path, text in files.items() if texts[path] == text),
        conflicts=tuple(path for path, text in files.items() if texts[path] not in (None, text)),
        moved=tuple(n for n in imported.secrets if there is None and n not in unwritable),
        to_add=() if there is None else _lacking(imported, there),
        unwritable=unwritable,
    )


def write_import(placement: Placement, folder: Path) -> tuple[str, ...]:
    """Writes the new files; the paths of those that somebody else made in the meantime, kept."""
    refuse_links_outside(folder, placement.new)
    remove_left_overs([folder / path for path in (ENV_FILE, *placement.same)])
    modes = {ENV_FILE: 0o600}
    files = {folder / path: (text, modes.get(path, 0o644)) for path, text in placement.new.items()}
    written = set(write_all_new(files))
    return tuple(path for path in placement.new if folder / path not in written)


def project_files(imported: Imported, project: str) -> dict[str, str]:
    """The fragments, each in a file of its own, and gateway.yaml: path -> text."""
    return {path: text for path, (_, text) in named_files(imported, project).items()}


def named_files(imported: Imported, project: str) -> dict[str, tuple[str, str]]:
    """The same with the model's name (of gateway.yaml: none): path -> (name, text)."""
    paths = _paths(imported.fragments)
    files = {
        paths[name]: (name, fragment_text(name, paths[name], data))
        for name, data in imported.fragments.items()
    }
    server = {"project": project, **imported.settings.get("server", {})}
    settings = {**imported.settings, "server": server}
    order = list(schema("gateway")["properties"])
    in_order = {key: settings[key] for key in sorted(settings, key=order.index)}
    files[SETTINGS_FILE] = ("", settings_text(in_order))
    return files


def _paths(names: Iterable[str]) -> dict[str, str]:
    """A file for each name; a file's own name is never given to another model."""
    wanted = {name: fragment_path(name) for name in names}
    found: dict[str, str] = {}
    for name in sorted(wanted, key=lambda name: stem(wanted[name]) != name):
        found[name] = _free_path(wanted[name], found.values())
    return found


def _free_path(path: str, taken: Collection[str]) -> str:
    """`a/b` and `a-b` would be one file; so would `A` and `a` where a disk folds case."""
    lower = {other.lower() for other in taken}
    free, count = path, 1
    while free.lower() in lower:
        count += 1
        free = f"{path.removesuffix('.yaml')}-{count}.yaml"
    return free


def env_text(imported: Imported, shown: str | None = None) -> str:
    """The new `.env`; with `shown` (a word that stands for every value) one that anybody may see."""
    values = {n: v for n, v in imported.secrets.items() if assignment(n, v) is not None}
    if shown is not None:
        values = {MASTER_KEY: shown, **dict.fromkeys(values, shown)}
    return new_env_text(values, (*imported.secrets, *imported.variables))


def _lacking(imported: Imported, there: Mapping[str, Assignment]) -> tuple[str, ...]:
    """Variables without a value in the `.env`, and literal ones with another value there."""
    lacking = [
        name
        for name, value in imported.secrets.items()
        if name not in there or there[name].value != value
    ]
    needed = (MASTER_KEY, *imported.variables)
    lacking += [name for name in needed if name not in there and name not in imported.secrets]
    return tuple(lacking)


def _text(folder: Path, path: str) -> str | None:
    return read_file(folder, path).text if _exists(folder / path) else None


def _exists(path: Path) -> bool:
    return path.exists() or path.is_symlink()
