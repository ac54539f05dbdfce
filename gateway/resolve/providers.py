"""`providers:` of gateway.yaml in, providers out, with diagnostics about unknown and unused ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.diagnostics import Diagnostic, Severity
from gateway.diagnostics.nearest import is_slip_of, nearest
from gateway.fix import Advice, RenameValue, WriteValue, advise
from gateway.model import EnvRef, Fragment, Model, Path, Provider, Settings
from gateway.resolve.api_keys import BALANCED, resolve_keys
from gateway.resolve.durations import spelled
from gateway.resolve.litellm_snapshot import known
from gateway.resolve.oauth import resolve_oauth
from gateway.resolve.quotas import resolve_groups, resolve_reset
from gateway.resolve.secrets import ENV_PREFIX
from gateway.yaml_text import shown

# Prefixes that say how to talk, not to whom: without an address LiteLLM sends the prompt and the
# key to OpenAI, or to a port of its own machine (measured on 1.106.2).
NEEDS_ADDRESS = frozenset(
    [
        "openai",
        "text-completion-openai",
        "custom_openai",
        "openai_like",
        "hosted_vllm",
        "vllm",
        "lm_studio",
        "llamafile",
        "litellm_proxy",
        "ollama",
        "ollama_chat",
        "xinference",
        "infinity",
        "oobabooga",
        "azure",
        "azure_ai",
        "azure_text",
    ]
)
# Prefixes that authenticate otherwise (a cloud's own credentials): no `api_key` is rendered.
NEEDS_NO_KEY_FIELD = frozenset(
    ["bedrock", "sagemaker", "sagemaker_chat", "vertex_ai", "vertex_ai_beta"]
)
# Raw `litellm_params` that authenticate without a key: beside one, LiteLLM would not use them.
KNOWN_OTHERWISE = frozenset(
    ["azure_ad_token", "azure_username", "client_secret", "tenant_id", "oci_key", "oci_key_file"]
)


def resolve_providers(settings: Settings) -> dict[str, Provider]:
    return {
        name: Provider(
            name=name,
            litellm=data["litellm"],
            api_base=text_or_reference(data.get("api_base", "").rstrip("/")) or None,
            keys=resolve_keys(data),
            rotation=data.get("rotation", BALANCED),
            headers={
                key: text_or_reference(value) for key, value in data.get("headers", {}).items()
            },
            limits=data.get("limits", {}),
            litellm_params=with_references(data.get("litellm_params", {})),
            oauth=resolve_oauth(data.get("oauth")),
            quota_groups=resolve_groups(data),
            quota_reset=resolve_reset(data),
            params=with_references(data.get("params", {})),
        )
        for name, data in settings.data["providers"].items()
    }


def text_or_reference(value: str) -> str | EnvRef:
    """`os.environ/NAME` as a reference to the variable, any other text as it is."""
    return EnvRef(value.removeprefix(ENV_PREFIX)) if value.startswith(ENV_PREFIX) else value


def with_references(value: Any) -> Any:
    """The same data with every text `os.environ/NAME` as a reference to the variable."""
    if isinstance(value, str) and value.startswith(ENV_PREFIX):
        return EnvRef(value.removeprefix(ENV_PREFIX))
    if isinstance(value, dict):
        return {key: with_references(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_references(item) for item in value]
    return value


def find_provider_mistakes(settings: Settings) -> Iterator[Diagnostic]:
    """Prefixes that LiteLLM does not know, and missing addresses."""
    prefixes = known("providers")
    for name, data in settings.data["providers"].items():
        at: Path = ("providers", name)
        prefix = data["litellm"]
        if prefix not in prefixes:
            likely, here = nearest(prefix, prefixes), (*at, "litellm")
            advice = Advice("write `openai` for a server that speaks OpenAI's API")
            if likely:
                certain = is_slip_of(prefix, likely, prefixes)
                advice = advise(WriteValue(here, likely), certain=certain)
            yield Diagnostic(
                "GW215",
                f"`{shown(prefix)}` is no provider prefix of LiteLLM",
                settings.path,
                settings.value_span(here),
                advice.hint,
                fix=advice.fix,
            )
        elif prefix in NEEDS_ADDRESS and "api_base" not in data:
            yield Diagnostic(
                "GW216",
                f"provider `{name}` has no `api_base`: LiteLLM would send its requests elsewhere",
                settings.path,
                settings.key_span(at),
                "add `api_base: http…`",
            )


def find_unknown_providers(
    fragments: Sequence[Fragment], providers: Collection[str]
) -> Iterator[Diagnostic]:
    """Fragments that name a provider which gateway.yaml does not define."""
    for fragment in fragments:
        for path, name in provider_names(fragment.data):
            if name in providers:
                continue
            likely = nearest(name, providers)
            advice = Advice("add it to `providers` in gateway.yaml")
            if likely:
                certain = is_slip_of(name, likely, providers)
                advice = advise(RenameValue(path, name, likely), certain=certain)
            yield Diagnostic(
                "GW209",
                f"provider `{shown(name)}` is not defined",
                fragment.path,
                fragment.value_span(path),
                advice.hint,
                fix=advice.fix,
            )


def find_unused_providers(
    settings: Settings, fragments: Sequence[Fragment]
) -> Iterator[Diagnostic]:
    used = {name for fragment in fragments for _, name in provider_names(fragment.data)}
    for name in settings.data["providers"]:
        if name not in used:
            yield Diagnostic(
                "GW210",
                f"no model uses provider `{name}`",
                settings.path,
                settings.key_span(("providers", name)),
                "remove it, or add a model for it",
                Severity.WARNING,
            )


def provider_names(data: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    """Every place of a sound fragment that names a provider."""
    if "upstreams" in data:
        for index, upstream in enumerate(data["upstreams"]):  # type: ignore[var-annotated, arg-type]
            yield ("upstreams", index, "provider"), upstream["provider"]
    else:
        yield ("provider",), str(data["provider"])


def find_idle_bounds(models: Iterable[Model], settings: Settings) -> Iterator[Diagnostic]:
    """A `connect`, `first_token` or `between_chunks` that `total` ends before, at the one of the two that the fragment
    says itself, else where gateway.yaml says it."""
    for model in models:
        timeouts = model.timeouts
        if timeouts.connect >= timeouts.total:
            yield _idle_bound(model, "connect", settings)
        if timeouts.first_token is not None and timeouts.first_token >= timeouts.total:
            yield _idle_bound(model, "first_token", settings)
        if timeouts.between_chunks is not None and timeouts.between_chunks >= timeouts.total:
            yield _idle_bound(model, "between_chunks", settings)


def _idle_bound(model: Model, key: str, settings: Settings) -> Diagnostic:
    own = model.fragment.data.get("timeouts", {})
    said = next((name for name in (key, "total") if name in own), None)
    file = model.fragment if said else settings
    places: list[Path] = [
        *(("providers", u.provider.name, "timeouts", key) for u in model.upstreams),
        ("failover", "connect") if key == "connect" else ("timeouts", key),
        *(("providers", u.provider.name, "timeouts", "total") for u in model.upstreams),
    ]
    # Where nobody says it, `connect` has its default.
    shared = next((place for place in places if place in settings.spans), ("timeouts", "total"))
    return Diagnostic(
        "GW229",
        f"`{key}` of `{model.name}` has no effect: `total` ends before it",
        file.path,
        file.key_span(("timeouts", said) if said else shared),
        f"make it shorter than {spelled(model.timeouts.total)}, or `total` longer",
        Severity.WARNING,
    )
