"""The `apps` section in, diagnostics about what its schema alone does not show out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.model import Model, Path, Settings
from gateway.resolve.api_keys import names_in_keys
from gateway.resolve.apps import UNITS, allowed_in, app_keys_in, models_for
from gateway.resolve.patterns import asked_by_name
from gateway.resolve.shared_state import state_names_in
from gateway.yaml_text import shown

_MASTER = "master"
"""What `gateway keys rotate master`, the logs and a rule's `app` mean by this name."""


def find_app_mistakes(settings: Settings) -> Iterator[Diagnostic]:
    """What gateway.yaml alone shows."""
    yield from _find_shared_keys(settings)
    for name, entry in settings.data.get("apps", {}).items():
        at: Path = ("apps", name)
        if name == _MASTER:
            message = f"`{name}` is what the master key is called"
            span = settings.key_span(at)
            yield Diagnostic("GW276", message, settings.path, span, "give it another name")
        if len({*UNITS} & entry.get("budget", {"usd": 0}).keys()) != 1:
            message = f"the budget of `{shown(name)}` has to be in `tokens`, `usd` or `requests`"
            span = settings.key_span((*at, "budget"))
            yield Diagnostic("GW277", message, settings.path, span, "write one of the three")
        if "expires" in entry:
            yield from _find_past_days(entry["expires"], (*at, "expires"), settings)


def find_app_model_mistakes(
    models: Mapping[str, Model], settings: Settings
) -> Iterator[Diagnostic]:
    """Patterns without a model, defaults that may not be used, dollars without prices."""
    default = settings.data["default_model"]
    in_order = sorted(models.values(), key=lambda m: (default not in (m.name, *m.aliases), m.name))
    for name, entry in settings.data.get("apps", {}).items():
        at: Path = ("apps", name)
        for index, wanted in enumerate(entry.get("models", ())):
            if "*" in wanted and not models_for(wanted, in_order):
                yield Diagnostic(
                    "GW270",
                    f"`{shown(wanted)}` matches no model",
                    settings.path,
                    settings.value_span((*at, "models", index)),
                    "`gateway models` lists the names; `*` stands for any text",
                )
        allowed = allowed_in(entry, in_order)
        wanted_default = models_for(entry.get("default_model", ""), in_order)
        if wanted_default and wanted_default[0] not in allowed:
            yield Diagnostic(
                "GW271",
                f"`{shown(name)}` may not use its own `default_model`",
                settings.path,
                settings.value_span((*at, "default_model")),
                "add it to its `models`, or choose one of them",
            )
        if "default_model" not in entry and allowed and not asked_by_name(allowed):
            yield _without_default(name, settings)
        unpriced = [m.name for m in allowed if not m.price]
        if "usd" in entry.get("budget", {}) and unpriced:
            yield Diagnostic(
                "GW275",
                f"no price is known for {_named(unpriced)}: what they answer costs this budget nothing",
                settings.path,
                settings.key_span((*at, "budget", "usd")),
                "give them a `price`, or budget in `tokens`",
                Severity.WARNING,
            )


def _without_default(app: str, settings: Settings) -> Diagnostic:
    message = f"`{shown(app)}` may use models of a pattern only, and has no `default_model`"
    span, hint = settings.key_span(("apps", app)), "name the one that `default` stands for"
    return Diagnostic("GW299", message, settings.path, span, hint)


def _named(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:3]) + (
        f" and {len(names) - 3} more" if len(names) > 3 else ""
    )


def _find_shared_keys(settings: Settings) -> Iterator[Diagnostic]:
    """One variable for two: who has it would be let in as both, or could use a provider himself."""
    taken: dict[str, tuple[Path, str]] = {
        name: (("providers", provider, *at), f"`{provider}` shows it here")
        for provider, data in settings.data["providers"].items()
        for at, name in names_in_keys(data)
    }
    taken |= {
        name: (("server", "variables", index), "it is handed to the proxy here")
        for index, name in enumerate(settings.data.get("server", {}).get("variables", ()))
    }
    taken |= {name: (at, "Redis is reached by it") for at, name in state_names_in(settings.data)}
    for path, name in app_keys_in(settings.data):
        if name in taken:
            there, what = taken[name]
            yield Diagnostic(
                "GW272",
                f"the variable `{shown(name)}` is used for something else, too",
                settings.path,
                settings.value_span(path),
                "name a variable of its own for each app",
                related=(Related(settings.path, settings.value_span(there), what),),
            )
        taken.setdefault(name, (path, "it is an app's key here"))


def _find_past_days(written: str, path: Path, settings: Settings) -> Iterator[Diagnostic]:
    span = settings.value_span(path)
    try:
        last = date.fromisoformat(written)
    except ValueError:
        message = f"`{shown(written)}` is no day of the calendar"
        yield Diagnostic("GW274", message, settings.path, span)
        return
    if last < datetime.now(UTC).date():
        yield Diagnostic(
            "GW273",
            f"`{shown(str(path[1]))}` is no longer let in: {written} is over",
            settings.path,
            span,
            "set a later day, or remove the app",
            Severity.WARNING,
        )
