"""Models × settings in, diagnostics out about settings that another one leaves nothing to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.model import Model, Path, Settings

_ROUTER: Path = ("litellm", "router_settings")
# Every deployment says its own: measured, LiteLLM reads the router's only where one does not.
_OF_EACH_DEPLOYMENT = {
    "timeout": "`timeouts.total`",
    "stream_timeout": "`timeouts.total`",
    "cooldown_time": "`failover.cooldown`",
}


def find_budgets_of_nothing(model: Model) -> Iterator[Diagnostic]:
    """A `failover_within` of a model that has nothing to fail over to."""
    data = model.fragment.data
    if "failover_within" in data and not data.get("fallbacks"):
        yield Diagnostic(
            "GW258",
            f"`failover_within` has no effect: `{model.name}` has no fallbacks",
            model.fragment.path,
            model.fragment.key_span(("failover_within",)),
            "add `fallbacks`, or remove it",
            Severity.WARNING,
        )


def find_raw_settings_that_cancel(
    models: Iterable[Model], settings: Settings
) -> Iterator[Diagnostic]:
    """Raw settings of the router that switch off what other keys ask for, or that are never read."""
    raw = settings.data.get("litellm", {}).get("router_settings", {})
    for key, instead in _OF_EACH_DEPLOYMENT.items():
        if key in raw:
            message = f"`{key}` has no effect: every upstream has its own, from {instead}"
            yield _raw(settings, key, message, f"remove it, and set {instead}")
    if raw.get("enable_pre_call_checks") is False:
        asking = next((m for m in models if m.context_window_fallbacks and m.context_window), None)
        if asking is not None:
            span = asking.fragment.key_span(("context_window_fallbacks",))
            message = f"without `enable_pre_call_checks` prompts too long for `{asking.name}` are sent to it"
            there = Related(asking.fragment.path, span, "its fallbacks for them are here")
            yield _raw(settings, "enable_pre_call_checks", message, "remove it", there)
    cooldown: Path = ("failover", "cooldown")
    if raw.get("disable_cooldowns") is True and cooldown in settings.spans:
        there = Related(settings.path, settings.key_span(cooldown), "the cooldown is here")
        message = "`disable_cooldowns` leaves `failover.cooldown` without effect"
        yield _raw(settings, "disable_cooldowns", message, "remove one of the two", there)


def _raw(settings: Settings, key: str, message: str, hint: str, *related: Related) -> Diagnostic:
    span = settings.key_span((*_ROUTER, key))
    return Diagnostic("GW259", message, settings.path, span, hint, Severity.WARNING, related)
