"""`Providers` of claude-code-router in, providers and a fragment for each of their models out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from gateway.constants import IMAGE_VARIABLE, MASTER_KEY, PROXY_ENVIRONMENT
from gateway.diagnostics.secrets import looks_like_a_secret
from gateway.importing.claude_code_router.transformers import merged, names_in, read_transformers
from gateway.importing.draft import Draft
from gateway.importing.record import Key, Place, joined
from gateway.importing.wire import Wire, wire_of
from gateway.importing.words import (
    as_provider_name,
    as_variable,
    is_on_this_machine,
    is_variable,
)

PROVIDER_KEYS = (
    Key("name", "the provider's name"),
    Key("api_base_url", "`litellm` and `api_base`, without the path of the request"),
    Key("api_key", "a variable's name in `api_keys`; a literal value goes into `.env`"),
    Key("models", "a fragment each; one that several providers serve is called `provider/model`"),
    Key("transformer.use", "see the transformers below, for every model of the provider"),
    Key("transformer.<model>.use", "the same, for one model"),
    Key("//…", "nothing: a comment"),
    Key("*", dropped="nothing here takes it"),
)
_REFERENCE = re.compile(r"\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*))\Z")
_INTERPOLATED = re.compile(r"\$\{[^}]+\}|\$[A-Z_][A-Z0-9_]*")
_NO_ADDRESS = "its `api_base_url` is no address of http or https without user and variables"
_WRITE_ADDRESS = "write the address out, and what is secret of it into `api_key`"
_RESERVED = {MASTER_KEY, IMAGE_VARIABLE, *PROXY_ENVIRONMENT, "PYTHONPATH", "HOME", "PATH"}


@dataclass(frozen=True, slots=True)
class _Provider:
    """One entry of `Providers`, as far as its models need it."""

    place: Place
    name: str
    wire: Wire
    effect: dict[str, Any]


class Providers:
    """The providers that were read; `model` finds the name of `provider,model`."""

    def __init__(self, draft: Draft, place: Place) -> None:
        self._draft = draft
        self._known: dict[str, _Provider] = {}
        self._models: dict[tuple[str, str], str] = {}
        items = list(draft.source.items(*place)) if draft.source.at(*place) is not None else []
        ids = (
            model for item in items for model in _distinct_texts(draft.source.at(*item, "models"))
        )
        self._served = Counter(ids)
        for item in items:
            self._read(item)

    def model(self, provider: str, model: str, place: Place) -> str | None:
        """The name of a model that a route names; one that its provider does not list is added."""
        found = self._models.get((provider.lower(), model.lower()))
        known = self._known.get(provider.lower())
        if found is None and known is not None:
            found = self._add(known, place, model)
            if found is not None:
                self._draft.source.remark(
                    place,
                    f"`{joined(place)}` names a model that its provider does not list: it is added",
                )
        return found

    def leave_out_unused(self) -> None:
        """Providers without a model: there is nothing to ask them for."""
        used = {data["provider"] for data in self._draft.fragments.values()}
        for provider in self._known.values():
            if provider.name not in used:
                self._draft.remove_provider(provider.name)
                message = f"`{joined(provider.place)}` has no model: it is not carried over"
                self._draft.source.note(provider.place, message)

    def _read(self, item: Place) -> None:
        source = self._draft.source
        for key in source.keys_of(*item):
            if key.startswith("//"):
                source.carry(*item, key)
        if not isinstance(source.at(*item), dict):
            return
        written = source.text(*item, "name")
        url = source.at(*item, "api_base_url")
        sound = isinstance(url, str) and not looks_like_a_secret(url)
        wire = wire_of(url.strip(), names_in(source, (*item, "transformer"))) if sound else None
        if wire is None:
            source.note(
                item, f"`{joined(item)}` is not carried over: {_NO_ADDRESS}", _WRITE_ADDRESS
            )
            return
        provider = self._provider(item, written, url, wire)
        source.carry(*item, "name")
        source.carry(*item, "api_base_url")
        self._known.setdefault((written or provider.name).lower(), provider)
        for model in source.items(*item, "models"):
            text = source.text(*model)
            if text == "*":
                source.note(
                    model,
                    f"`{joined(model)}` stands for every model: only those that a route names are here",
                    "write a fragment for each of the others",
                )
            elif text is not None and self._add(provider, model, text) is not None:
                source.carry(*model)

    def _provider(self, item: Place, written: str | None, url: str, wire: Wire) -> _Provider:
        source = self._draft.source
        data: dict[str, Any] = {"litellm": wire.prefix}
        if wire.api_base is not None:
            data["api_base"] = wire.api_base
        wanted = as_provider_name(written or "provider")
        if wire.api_version is not None:
            data["litellm_params"] = {"api_version": wire.api_version}
        if wire.prefix != "vertex_ai":
            data["api_keys"] = self._keys(item, wanted)
        name = self._draft.add_provider(wanted, data)
        at = (*item, "api_base_url")
        if wire.lost is not None:
            source.remark(at, f"`{joined(at)}` loses {wire.lost}")
        if wire.prefix == "vertex_ai":
            source.drop(
                (*item, "api_key"), Key("api_key", dropped="Google's own credentials are used")
            )
            hint = "add `litellm_params: {vertex_project: …, vertex_location: …}` to it"
            source.remark(
                at, f"provider `{name}` needs a project and a location of Google Cloud", hint
            )
        if wire.prefix == "azure" and wire.api_version is None:
            hint = "add `litellm_params: {api_version: …}` to it"
            source.remark(at, f"provider `{name}` needs a version of Azure's API", hint)
        if is_on_this_machine(url):
            source.remark(
                at,
                f"`{joined(at)}` is this machine: in a container that would be the container itself",
                "with Docker write `host.docker.internal` instead",
            )
        return _Provider(item, name, wire, read_transformers(source, (*item, "transformer")))

    def _keys(self, item: Place, name: str) -> list[str]:
        """The names of the variables; what stands literally goes into `.env`."""
        source, at = self._draft.source, (*item, "api_key")
        value, variable = source.at(*at), as_variable(name, "API_KEY")
        if value is None and "api_key" not in source.keys_of(*item):
            source.remark(item, f"`{joined(item)}` has no `api_key`: none is sent")
            return []
        if not isinstance(value, str):
            source.note(at, f"`{joined(at)}` is not text", f"give `{variable}` its value in .env")
            self._draft.add_variable(variable)
            return [variable]
        reference = _REFERENCE.match(value.strip())
        if reference is None and _INTERPOLATED.search(value) is None:
            return [self._draft.add_secret(at, variable, value.strip())]
        named = (reference[1] or reference[2] or "") if reference else ""
        if is_variable(named) and named not in _RESERVED:
            source.carry(*at)
            self._draft.add_variable(named)
            return [named]
        source.note(
            at,
            f"`{joined(at)}` is put together from a variable that cannot stand here alone",
            f"give `{variable}` its value in .env",
        )
        self._draft.add_variable(variable)
        return [variable]

    def _add(self, provider: _Provider, place: Place, model: str) -> str | None:
        source = self._draft.source
        key = (provider.name.lower(), model.lower())
        written = source.at(*provider.place, "name")
        if isinstance(written, str):
            key = (written.strip().lower(), model.lower())
        if key in self._models:
            source.remark(place, f"`{joined(place)}` is listed twice")
            return self._models[key]
        alone = self._served[model] <= 1 and model not in self._draft.fragments
        identity = model.removeprefix(f"{provider.wire.prefix}/") if _is_native(provider) else model
        wanted = model if alone else f"{provider.name}/{model}"
        name = self._draft.add_model(place, wanted, provider.name, identity)
        if name is None:
            return None
        own = read_transformers(source, (*provider.place, "transformer", model))
        fragment = merged(self._draft.fragments[name], merged(provider.effect, own))
        if provider.wire.mode:
            fragment["mode"] = provider.wire.mode
        self._draft.fragments[name] = fragment
        self._models[key] = name
        return name


def _is_native(provider: _Provider) -> bool:
    """Whether LiteLLM's prefix would be read twice in an id that begins with it."""
    return provider.wire.prefix != "openai"


def _distinct_texts(value: Any) -> set[str]:
    return {item for item in value if isinstance(item, str)} if isinstance(value, list) else set()
