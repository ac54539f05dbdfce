"""A folder in, a project in it out: the sample's files, `.env`, `.gitignore`, and the rendered stack."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from pathlib import Path

from gateway.assets import sample_folder
from gateway.cli.options import talk
from gateway.cli.stack import NOT_IGNORED, build_or_exit, say_unchanged, write_or_exit
from gateway.constants import ENV_FILE, MODELS_DIR, ROOT_COMPOSE_FILE, SETTINGS_FILE, STACK_DIR
from gateway.engine.port import find_obstacle
from gateway.env_file import GITIGNORE, IGNORED, is_env_ignored
from gateway.model import GatewayError, Server, Verb
from gateway.write import write_new
from gateway.yaml_text import encode


def make_project(folder: Path) -> None:
    """Writes what is missing, a line for each file; overwrites nothing. Raises GatewayError."""
    make_folder(folder)
    has_settings = (folder / SETTINGS_FILE).exists()
    had_env = (folder / ENV_FILE).exists()
    unchanged = _write(folder, _sample_files(folder, has_settings=has_settings))
    server = finish_project(folder, unchanged + had_env)
    if had_env and not is_env_ignored(folder):
        talk(NOT_IGNORED)
    if not has_settings:
        _say_where_port_is_taken(server)


def make_folder(folder: Path) -> None:
    """Raises GatewayError where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GatewayError(f"{folder} cannot be made ({(error.strerror or '').lower()})") from None


def finish_project(folder: Path, unchanged: int = 0) -> Server:
    """Renders the stack of a project that is complete but for it, and writes the root compose.yaml."""
    built = build_or_exit(folder)
    assert built.checked.blueprint is not None  # noqa: S101 - build_or_exit left otherwise
    server = built.checked.blueprint.server
    unchanged += _write(folder, {ROOT_COMPOSE_FILE: _compose_text(server.project)})
    first = all(change.verb is Verb.CREATE for change in built.changes)
    write_or_exit(built, folder, quiet=first, more_unchanged=unchanged)
    if first:
        _say_created([change.path for change in built.changes])
        say_unchanged(unchanged)
    return server


def _say_created(paths: Sequence[str]) -> None:
    """The stack's own folder as one line: nobody reads fifty."""
    inside = [path for path in paths if path.startswith(f"{STACK_DIR}/")]
    for path in paths:
        if path not in inside:
            talk(f"{Verb.CREATE:>9}  {path}")
    talk(f"{Verb.CREATE:>9}  {STACK_DIR}/ ({len(inside)} files)")


def project_name(folder: Path) -> str:
    """The folder's name as Compose takes it; `gateway` where nothing of it is left."""
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.resolve().name.lower())
    return name.strip("-_") or "gateway"


def _write(folder: Path, files: dict[str, str]) -> int:
    """Says what it writes; how many were there before, and stay."""
    unchanged = 0
    for path, text in files.items():
        if write_new(folder / path, text, 0o644):
            talk(f"{Verb.CREATE:>9}  {path}")
        else:
            unchanged += 1
    return unchanged


def _sample_files(folder: Path, *, has_settings: bool) -> dict[str, str]:
    """Someone's own models are not mixed with the sample's."""
    sample = sample_folder()
    server = (
        f"\nserver:\n  project: {encode(project_name(folder))}"
        "  # the name of its containers and of its network\n"
    )
    files = {SETTINGS_FILE: (sample / SETTINGS_FILE).read_text("utf-8") + server}
    if not has_settings and not (folder / MODELS_DIR).exists():
        for file in sorted((sample / MODELS_DIR).glob("*.yaml")):
            files[f"{MODELS_DIR}/{file.name}"] = file.read_text("utf-8")
    return {**files, GITIGNORE: IGNORED}


def _compose_text(project: str) -> str:
    """Compose's name for the stack must be the one that gateway.yaml gives it."""
    text = (sample_folder() / ROOT_COMPOSE_FILE).read_text("utf-8")
    return re.sub(r"^name: .*$", f"name: {encode(project)}", text, count=1, flags=re.MULTILINE)


def _say_where_port_is_taken(server: Server) -> None:
    if find_obstacle(server) == errno.EADDRINUSE:
        talk(
            f"port {server.port} is taken by another program now: for both at once, set another "
            "`server.port` in gateway.yaml"
        )
