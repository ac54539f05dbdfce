"""A folder in, a project in it out: the sample's files, `.env`, `.gitignore`, and the rendered stack."""

from __future__ import annotations

from pathlib import Path

from gateway.assets import sample_folder
from gateway.cli.options import talk
from gateway.cli.stack import build_or_exit, write_or_exit
from gateway.constants import ENV_FILE, MODELS_DIR, SETTINGS_FILE
from gateway.model import GatewayError, Verb
from gateway.write import write_new

_IGNORED = ".env\n.gateway/\n__pycache__/\n"


def make_project(folder: Path) -> None:
    """Writes what is missing, a line for each file; overwrites nothing. Raises GatewayError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GatewayError(f"{folder} cannot be made ({(error.strerror or '').lower()})") from None
    is_new = not (folder / SETTINGS_FILE).exists() and not (folder / MODELS_DIR).exists()
    for path, text in _sample_files(with_models=is_new).items():
        was_written = write_new(folder / path, text, 0o644)
        talk(f"{Verb.CREATE if was_written else Verb.UNCHANGED:>9}  {path}")
    had_env = (folder / ENV_FILE).exists()
    write_or_exit(build_or_exit(folder), folder)
    if had_env:
        talk(f"{Verb.UNCHANGED:>9}  {ENV_FILE}")
    if ENV_FILE not in (folder / ".gitignore").read_text("utf-8", "replace").split():
        talk(f"put {ENV_FILE} into .gitignore: it holds the keys")


def _sample_files(*, with_models: bool) -> dict[str, str]:
    """Someone's own models are not mixed with the sample's."""
    sample = sample_folder()
    paths = [SETTINGS_FILE, "compose.yaml"]
    if with_models:
        paths += [
            f"{MODELS_DIR}/{file.name}" for file in sorted((sample / MODELS_DIR).glob("*.yaml"))
        ]
    files = {path: (sample / path).read_text("utf-8") for path in paths}
    return {**files, ".gitignore": _IGNORED}
