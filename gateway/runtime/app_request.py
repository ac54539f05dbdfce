"""A request's body in, the models that it names and what it may take out; with `default` made the app's own.

What LiteLLM would read as another model, a router of the client's, or fallbacks nobody wrote is taken out
or named, so that the door decides about all of it. The body goes on as it was understood here: two keys of
one name, or a form where JSON belongs, are no way around.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .app_endpoints import Endpoint, Kind
from .apps import DEFAULT, App

# What would make LiteLLM ask another router, deployment or chain than the rendered one.
_NOT_THE_APPS = (
    "user_config", "router_settings_override", "context_window_fallbacks", "content_policy_fallbacks",
    "default_fallbacks", "model_group", "model_list", "deployment_id", "specific_deployment",
    "litellm_params", "model_info", "mock_response", "mock_testing_fallbacks",
    "mock_testing_context_fallbacks", "mock_testing_content_policy_fallbacks", "models",
    "context_window_fallback_dict",
    # LiteLLM would keep its record of the answer back, or tell others of it, or end the answer before its
    # usage is said.
    "no-log", "callbacks", "success_callback", "failure_callback", "input_callback",
    "service_callback", "logger_fn", "stream_timeout",
    # One request that is counted would become many that are not.
    "num_retries", "max_retries",
)  # fmt: skip
NOT_THE_APPS_HEADERS = (
    b"x-litellm-num-retries", b"x-litellm-stream-timeout", b"x-litellm-disable-callbacks",
)  # fmt: skip
"""The same in LiteLLM's headers, in lower case."""
_MOST_TOKENS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
_BYTES_A_TOKEN = 4
_LONGEST_PROMPT = 50_000
_USUAL_ANSWER, _LONGEST_ANSWER = 1_024, 4_096
_ANSWERS = ("n", "best_of")
_MOST_ANSWERS = 128


class UnreadableError(ValueError):
    """The body is not what the endpoint takes; the text says what it should be."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`names` are all models that the request names, the first one the one that it is for.

    `prompt` and `answer` are tokens, about: what is held until the answer says better.
    """

    raw: bytes
    names: tuple[object, ...]
    prompt: int
    answer: int


def asked_in(
    raw: bytes, content_type: str, endpoint: Endpoint, app: App, query: Iterable[str]
) -> Asked:
    """Raises UnreadableError. A form is read by `names_in_form`, and passes as it is."""
    if "form" in content_type.lower():
        raise UnreadableError("send the request as JSON")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise UnreadableError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise UnreadableError("the body is not a JSON object")
    _clean(body)
    if body.get("model") == DEFAULT:
        body["model"] = app.default_model
    names = [*_named_first(body, endpoint, query), *_fallbacks(body.get("fallbacks"))]
    prompt = min(len(raw) // _BYTES_A_TOKEN, _LONGEST_PROMPT)
    answer = _answer(body) if endpoint.answers else 0
    return Asked(json.dumps(body).encode(), tuple(names), prompt, answer)


def names_in_form(
    fields: Iterable[tuple[str, object]], endpoint: Endpoint, query: Iterable[str]
) -> tuple[object, ...]:
    """Every value of a field that names a model. Raises UnreadableError for one that LiteLLM would obey."""
    fields = list(fields)
    names = [value for name, value in fields if name == "model"]
    for name, _ in fields:
        if name.partition("[")[0] in (*_NOT_THE_APPS, "fallbacks") or name.startswith("model["):
            raise UnreadableError("a form of an app cannot say how it is routed")
    found = (*_outside(endpoint, query), *names)
    if not found:  # LiteLLM's answer to what its hooks say of it would be a 500
        raise UnreadableError("the form names no model")
    return found


def _named_first(
    body: Mapping[str, Any], endpoint: Endpoint, query: Iterable[str]
) -> Iterator[object]:
    """By body, path and query: LiteLLM has its own order of them, so each must be allowed."""
    yield from _outside(endpoint, query)
    # On a routed endpoint the hook looks at what the routes made of the body's name.
    if endpoint.kind not in (Kind.ROUTED, Kind.COUNTED) and "model" in body:
        yield body["model"]


def _outside(endpoint: Endpoint, query: Iterable[str]) -> Iterator[object]:
    if endpoint.named is not None:
        yield endpoint.named
    yield from query


def _fallbacks(written: object) -> Iterator[object]:
    """Names, or objects with a `model` each; what is neither names nothing that anybody may have."""
    if written is None:
        return
    for each in written if isinstance(written, list) else [written]:
        yield each.get("model") if isinstance(each, dict) else each


def _clean(body: dict[str, Any]) -> None:
    """Takes out what is not an app's to say, also where LiteLLM would unpack it."""
    for name in _NOT_THE_APPS:
        body.pop(name, None)
    fallbacks, extra = body.get("fallbacks"), body.get("extra_body")
    for each in fallbacks if isinstance(fallbacks, list) else ():
        if isinstance(each, dict):
            each.pop("fallbacks", None)  # a chain is one list: nobody looks at another behind it
            _clean(each)
    if isinstance(extra, dict):
        extra.pop("model", None)
        _clean(extra)


def _answer(body: Mapping[str, Any]) -> int:
    """Tokens of all the answers that are asked for: of two numbers the larger, LiteLLM may take either."""
    asked = [
        number for name in _MOST_TOKENS if (number := _whole_number(body.get(name))) is not None
    ]
    answers = (_whole_number(body.get(name)) or 1 for name in _ANSWERS)
    length = min(max(asked, default=_USUAL_ANSWER), _LONGEST_ANSWER)
    return max(0, length) * max(1, min(max(answers), _MOST_ANSWERS))


def _whole_number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value)
