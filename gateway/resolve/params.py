"""A provider's `params` and a fragment's in, those that a deployment is rendered with out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NOT_OF_TEXT = frozenset(("dimensions", "encoding_format", "voice"))
# What each kind of request of OpenAI's API has, and `extra_body`, which is for the rest. `seed` is
# what servers of images take besides. The others take all but what is of other kinds.
_OF_MODE = {
    "completion": frozenset(
        (
            *("temperature", "top_p", "top_k", "max_tokens", "presence_penalty", "stop", "seed"),
            *("frequency_penalty", "user", "n", "logit_bias", "extra_body"),
        )
    ),
    "embedding": frozenset(("user", "dimensions", "encoding_format", "extra_body")),
    "image_generation": frozenset(("user", "n", "seed", "response_format", "extra_body")),
    "audio_transcription": frozenset(("temperature", "response_format", "user", "extra_body")),
    "audio_speech": frozenset(("voice", "response_format", "user", "extra_body")),
    "rerank": frozenset(("user", "extra_body")),
    "moderation": frozenset(("user", "extra_body")),
}
# Names of one thing: a fragment that says one of them does not want its provider's other one.
SAME = (("max_tokens", "max_completion_tokens"), ("thinking", "reasoning_effort"))


def has_param(mode: str, name: str) -> bool:
    """Whether a request of this mode has the parameter."""
    accepted = _OF_MODE.get(mode)
    return name not in _NOT_OF_TEXT if accepted is None else name in accepted


def with_providers(
    params: Mapping[str, Any], provider: Mapping[str, Any], mode: str
) -> dict[str, Any]:
    """The fragment's, and of the provider's those that its mode has and that it does not say itself.

    `extra_body` is joined key by key, as deep as both are mappings.
    """
    said = {other for names in SAME if not params.keys().isdisjoint(names) for other in names}
    kept = {n: v for n, v in provider.items() if n not in said and has_param(mode, n)}
    both = {**kept, **params}
    if "extra_body" in kept and "extra_body" in params:
        both["extra_body"] = _joined(kept["extra_body"], params["extra_body"])
    return both


def _joined(default: Any, own: Any) -> Any:
    if not isinstance(default, Mapping) or not isinstance(own, Mapping):
        return own
    common = {key: _joined(default[key], own[key]) for key in own if key in default}
    return {**default, **own, **common}
