"""The `config.yaml` of llmoxy, with the `.env` beside it, in, a project as data out.

After `config.yaml` and `.env.example` of Firsh/llmoxy. The configuration is LiteLLM's and is read as
such; what is llmoxy's own is that its keys lie beside it and that its proxy asks nobody for a key.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateway.constants import ENV_FILE
from gateway.importing.env_files.reading import read_env
from gateway.importing.imported import Imported, Note
from gateway.importing.litellm import looks_like_litellm, read_litellm
from gateway.importing.record import Key
from gateway.importing.words import is_header_value, is_placeholder
from gateway.model import SourceFile
from gateway.project import read_file

KIND = "llmoxy"
KEYS = (
    Key("model_list", "as in a LiteLLM configuration; the first model is `default_model`"),
    Key("litellm_settings.set_verbose", dropped="it prints keys and prompts into the log"),
    Key(".env", "the values of the variables that the configuration names, in `.env`"),
    Key("aliases.sh", dropped="`ANTHROPIC_MODEL=NAME` chooses a model for Claude Code"),
)


def looks_like_llmoxy(path: str, text: str) -> bool:
    """By its name and by itself: llmoxy's entries name it in their headers."""
    is_named = path.rsplit("/", 1)[-1] in ("config.yaml", "config.yml")
    return is_named and "llmoxy" in text and looks_like_litellm(path, text)


def read_llmoxy(file: SourceFile, folder: Path) -> Imported:
    """Raises GatewayError where one of the two files cannot be read."""
    imported = read_litellm(file, folder)
    values, notes = _beside(folder / file.path, imported.variables)
    return replace(
        imported,
        kind=KIND,
        secrets={**imported.secrets, **values},
        variables=tuple(name for name in imported.variables if name not in values),
        notes=(
            *imported.notes,
            Note(
                file.path,
                1,
                "llmoxy's proxy took any key: the gateway takes the value of `LITELLM_MASTER_KEY`",
                "start Claude Code with it as ANTHROPIC_AUTH_TOKEN",
            ),
            *notes,
        ),
    )


def _beside(path: Path, variables: tuple[str, ...]) -> tuple[dict[str, str], tuple[Note, ...]]:
    """The values that the `.env` beside the configuration has for its variables."""
    if not (path.parent / ENV_FILE).is_file():
        return {}, ()
    there = (path.parent / ENV_FILE).as_posix()
    source = read_env(there, read_file(path.parent, ENV_FILE).text)
    found: dict[str, str] = {}
    for name in source.keys_of():
        value = str(source.at(name) or "")
        if name not in variables or not value:
            continue
        if is_placeholder(value) or not is_header_value(value):
            source.note((name,), f"`{name}` holds no key", f"give `{name}` its value in .env")
        else:
            source.carry(name)
            found[name] = value
    return found, source.notes()
