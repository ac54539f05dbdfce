"""A model's `params` in, diagnostics out about those that exclude each other or never arrive.

What arrives was seen at a stand-in behind LiteLLM 1.106.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.model import Model, Path, Settings
from gateway.resolve.params import has_param
from gateway.yaml_text import shown

_LENGTHS = ("max_tokens", "max_completion_tokens")
# Fields of a request without which the model cannot do what its fragment says.
_NEEDS = {
    "tools": ("tools", "functions"),
    "parallel_tools": ("parallel_tool_calls",),
    "json_schema": ("response_format",),
    "web_search": ("web_search_options",),
}


def find_contradictions(model: Model) -> Iterator[Diagnostic]:
    """Two that say the same thing, and lengths that leave no room."""
    params = model.params
    if not params:
        return
    if all(key in params for key in _LENGTHS):
        message = "`max_completion_tokens` and `max_tokens` are two names of one bound"
        yield _at(
            model, "GW254", "max_tokens", message, hint="remove one of them", other=_LENGTHS[1]
        )
    for key in _LENGTHS:
        if key in params and params[key] > (model.max_output_tokens or params[key]):
            message = f"`{key}` is {params[key]}, `{model.name}` answers in {model.max_output_tokens} tokens"
            hint = f"make it {model.max_output_tokens} or less"
            yield _at(model, "GW254", key, message, hint=hint)
    yield from _find_in_thinking(model, params)


def find_in_providers(settings: Settings) -> Iterator[Diagnostic]:
    """Two names of one thing in a provider's `params`, and what its raw `litellm_params` say too."""
    for name, data in settings.data["providers"].items():
        params = data.get("params", {})
        at: Path = ("providers", name, "params")
        if all(key in params for key in _LENGTHS):
            there = settings.key_span((*at, _LENGTHS[1]))
            yield Diagnostic(
                "GW254",
                "`max_completion_tokens` and `max_tokens` are two names of one bound",
                settings.path,
                settings.key_span((*at, _LENGTHS[0])),
                "remove one of them",
                Severity.WARNING,
                (Related(settings.path, there, "the other is here"),),
            )
        for key in params:
            raw = ("providers", name, "litellm_params", key)
            if raw in settings.spans:
                said = Related(settings.path, settings.key_span((*at, key)), "it is here")
                yield Diagnostic(
                    "GW218",
                    f"`{shown(key)}` stands in `params` too",
                    settings.path,
                    settings.key_span(raw),
                    "remove one of the two",
                    related=(said,),
                )


def _find_in_thinking(model: Model, params: Mapping[str, Any]) -> Iterator[Diagnostic]:
    thinking = params.get("thinking")
    if not isinstance(thinking, Mapping):
        return
    kind, effort = thinking.get("type"), params.get("reasoning_effort")
    is_known = kind in ("enabled", "adaptive", "disabled")
    if is_known and effort is not None and (kind == "disabled") != (effort == "none"):
        message = f"`thinking` is {kind}, `reasoning_effort` is {effort}"
        yield _at(
            model, "GW254", "thinking", message, hint="remove one of them", other="reasoning_effort"
        )
    budget = thinking.get("budget_tokens")
    room = min((params[key] for key in _LENGTHS if key in params), default=model.max_output_tokens)
    if kind == "enabled" and isinstance(budget, int) and room is not None and budget >= room:
        message = f"thinking may take {budget} tokens of an answer of {room}"
        hint = "make `budget_tokens` smaller than the answer"
        yield _at(model, "GW254", "thinking", message, hint=hint)


def find_params_of_another_mode(model: Model) -> Iterator[Diagnostic]:
    """Parameters that requests of the model's mode do not have, and `thinking` where it is dropped."""
    for key in model.params:
        if not has_param(model.mode, key):
            message = f"a request for {model.mode} has no `{key}`"
            hint = "remove it; what only this provider knows goes into `extra_body`"
            yield _at(model, "GW255", key, message, hint=hint)
    is_openai = all(upstream.provider.litellm == "openai" for upstream in model.upstreams)
    if "thinking" in model.params and model.mode == "chat" and is_openai:
        message = "`thinking` is lost on the way of a chat to a provider with the prefix `openai`"
        hint = "use `reasoning_effort`, or put it into `extra_body`"
        yield _at(model, "GW255", "thinking", message, hint=hint)


def find_params_that_are_dropped(model: Model) -> Iterator[Diagnostic]:
    """Entries of `additional_drop_params` that take away what the fragment says besides."""
    dropped = model.litellm.get("additional_drop_params")
    if not isinstance(dropped, list):
        return
    for index, name in enumerate(dropped):
        if not isinstance(name, str):
            continue
        at: Path = ("litellm", "additional_drop_params", index)
        said = _said(model, name)
        if said is not None:
            where, what = said
            yield Diagnostic(
                "GW257",
                f"`{shown(name)}` is dropped from every request, {what}",
                model.fragment.path,
                model.fragment.value_span(at),
                "remove one of the two",
                Severity.WARNING,
                (Related(model.fragment.path, model.fragment.key_span(where), "said here"),),
            )


def _said(model: Model, name: str) -> tuple[Path, str] | None:
    if name in model.params:
        return ("params", name), "and `params` sets it"
    for capability in model.capabilities or ():
        if name in _NEEDS.get(capability, ()):
            index = model.fragment.data["capabilities"].index(capability)
            return ("capabilities", index), f"and `capabilities` has {capability}"
    return None


def _at(  # noqa: PLR0913 - keyword-only where it would be hard to read
    model: Model, code: str, key: str, message: str, *, hint: str, other: str = ""
) -> Diagnostic:
    fragment = model.fragment
    there = fragment.key_span(("params", other))
    return Diagnostic(
        code,
        message,
        fragment.path,
        fragment.key_span(("params", key)),
        hint,
        Severity.WARNING,
        (Related(fragment.path, there, "the other is here"),) if other else (),
    )
