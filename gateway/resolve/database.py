"""`database:` of gateway.yaml in, the variables that it takes out, with diagnostics."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.constants import POSTGRES_PASSWORD, SALT_KEY
from gateway.diagnostics import Diagnostic, Related
from gateway.model import EnvRef, Settings


def database_variables(settings: Settings) -> tuple[EnvRef, ...]:
    """Both are made with a new `.env`, and must stay what they are: with another one nobody can read
    what was kept."""
    if "database" not in settings.data:
        return ()
    return tuple(EnvRef(n, required=True, is_ours=True) for n in (POSTGRES_PASSWORD, SALT_KEY))


def find_database_mistakes(settings: Settings) -> Iterator[Diagnostic]:
    """Two who say who may come in, of whom one would not be asked."""
    if "database" in settings.data and settings.data.get("apps"):
        there = settings.key_span(("apps",))
        yield Diagnostic(
            "GW279",
            "`apps` and `database` both say who may come in",
            settings.path,
            settings.key_span(("database",)),
            "remove `apps` and make LiteLLM's virtual keys, or remove `database`",
            related=(Related(settings.path, there, "the apps are here"),),
        )
