"""A name of gateway.yaml in, what is written there about that provider or app out, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.cli.budget_text import amount_text, used_text
from gateway.keys.spending import used_of
from gateway.load import load, names_in
from gateway.model import App, Settings, SourceFile
from gateway.pipeline import check_project, read_sound
from gateway.project import Project, read_project
from gateway.resolve.api_keys import BALANCED, names_in_keys
from gateway.resolve.apps import budget_of


def name_text(root: Path, name: str) -> str | None:
    """None where `name` is neither, or a model has it too, or gateway.yaml has mistakes of its own.

    Needs no sound project; what an app may ask is said by name where it is one. Raises GatewayError
    where a file cannot be read.
    """
    project = read_project(root)
    if any(name in names_in(source) for source in project.fragments):
        return None
    settings, _ = read_sound(project.settings, "gateway")
    if settings is None:
        return None

    def app_facts(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
        return _app_facts(_resolved(name, project), entry)

    for section, facts_of in (("providers", _provider_facts), ("apps", app_facts)):
        entry = settings.data.get(section, {}).get(name)
        if entry is not None:
            facts = [("written in", _place(settings, section, name)), *facts_of(entry)]
            if "budget" in entry:
                facts.append(("used", _used(root, name, settings.data)))
            if section == "providers":
                facts.append(("serves", _listed(_served(name, project.fragments), "no model")))
            title = f"{name}: {entry.get('description') or f'one of `{section}`'}"
            return "".join(f"{line}\n" for line in (title, *map(_line, facts)))
    return None


def _resolved(name: str, project: Project) -> App | None:
    blueprint = check_project(project).blueprint
    return next((app for app in blueprint.apps if app.name == name), None) if blueprint else None


def _provider_facts(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    address = entry.get("api_base") or f"{entry['litellm']}'s own address"
    keys = [name for _, name in names_in_keys(entry)]
    shared = [("rotation", entry.get("rotation", BALANCED))] if len(keys) > 1 else []
    login = ("login", "by `gateway keys login`") if "oauth" in entry else None
    shown_to_it = login or ("keys", _listed(keys, "none"))
    return [("prefix", entry["litellm"]), ("address", address), shown_to_it, *shared]


def _app_facts(app: App | None, entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """`app` is None where the project has mistakes: then it is as it is written."""
    default = entry.get("default_model", "the project's, else its first")
    written = entry.get("models", ())
    is_plain = app is None or not written or sorted(written) == sorted(app.models)
    may_ask = [] if app is None or is_plain else [("may ask", ", ".join(app.models))]
    return [
        ("key", entry["key"] if isinstance(entry["key"], str) else _listed(entry["key"], "")),
        ("models", _listed(written, "all")),
        *may_ask,
        ("default", app.default_model if app else default),
        ("limits", _listed((f"{k} {v}" for k, v in entry.get("limits", {}).items()), "none")),
        ("budget", _budget(entry.get("budget"))),
        ("expires", entry.get("expires", "never")),
    ]


def _budget(written: Mapping[str, Any] | None) -> str:
    if written is None:
        return "none"
    budget = budget_of(written)
    return f"{amount_text(budget.amount, budget.unit)} a {budget.per} (UTC)"


def _used(root: Path, app: str, data: Mapping[str, Any]) -> str:
    if "state" in data:
        return "it is counted in Redis"
    (used,) = used_of(root, {app: budget_of(data["apps"][app]["budget"])}, datetime.now(UTC))
    return used_text(used)


def _served(provider: str, fragments: Sequence[SourceFile]) -> Iterator[str]:
    """The models whose fragments name the provider, whatever else is in them."""
    for source in fragments:
        fragment, _ = load(source)
        data = fragment.data if fragment else {}
        upstreams = data.get("upstreams")
        entries = [data, *(upstreams if isinstance(upstreams, list) else ())]
        if fragment and any(isinstance(e, dict) and e.get("provider") == provider for e in entries):
            yield fragment.name


def _place(settings: Settings, section: str, name: str) -> str:
    return f"{settings.path}:{settings.key_span((section, name)).line}"


def _listed(names: Any, otherwise: str) -> str:
    return ", ".join(names) or otherwise


def _line(fact: tuple[str, str]) -> str:
    return f"  {fact[0]:<10}  {fact[1]}"
