"""A blueprint and values in, whether each key works at its provider out: all asked at once, by one deadline."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from gateway.keys.asking import Answer, ask
from gateway.keys.endpoints import Endpoint, endpoint_of
from gateway.keys.uses import served
from gateway.keys.verdict import Checked, Served, Verdict, judge
from gateway.model import Blueprint, EnvRef, Upstream
from gateway.resolve.hosts import IN_CONTAINERS, address_of


@dataclass(frozen=True, slots=True)
class Attempt:
    """One key at one provider. `endpoint` is None where no list of models is known, or where the
    address is a variable that is not set. `headers` are those that the stack sends there, too.
    """

    variable: str
    provider: str
    endpoint: Endpoint | None
    address_is_missing: bool
    key: str | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    models: tuple[Served, ...]


def attempts_of(blueprint: Blueprint, values: Mapping[str, str]) -> tuple[Attempt, ...]:
    """One for each variable that is a key and each place where it is shown, in the blueprint's order."""
    places: dict[tuple[object, ...], list[tuple[Upstream, Mapping[str, Any]]]] = {}
    for upstream, deployment in served(blueprint):
        params = deployment.litellm_params
        if isinstance(params.get("api_key"), EnvRef):
            prefix = params.get("custom_llm_provider") or params["model"].partition("/")[0]
            address = params.get("api_base")
            version = params.get("api_version")
            place = (params["api_key"].name, upstream.provider.name, prefix, address, version)
            places.setdefault(place, []).append((upstream, params))
    modes = {model.name: model.mode for model in blueprint.models}
    return tuple(_attempt(place, found, values, modes) for place, found in places.items())


def _attempt(
    place: tuple[Any, ...],
    found: Sequence[tuple[Upstream, Mapping[str, Any]]],
    values: Mapping[str, str],
    modes: Mapping[str, str],
) -> Attempt:
    variable, provider, prefix, address, version = place
    resolved = _resolved(address, values)
    is_missing = isinstance(address, EnvRef) and resolved is None
    headers = {
        name: value
        for name, written in found[0][0].provider.headers.items()
        if (value := _resolved(written, values)) is not None
    }
    return Attempt(
        variable=variable,
        provider=provider,
        endpoint=None if is_missing else endpoint_of(prefix, resolved, _resolved(version, values)),
        address_is_missing=is_missing,
        key=values.get(variable),
        headers=headers,
        models=tuple(
            Served(upstream.model, params["model"].partition("/")[2], modes[upstream.model])
            for upstream, params in found
        ),
    )


def _resolved(written: Any, values: Mapping[str, str]) -> str | None:
    if isinstance(written, EnvRef):
        return values.get(written.name)
    return written if isinstance(written, str) else None


class _Question(NamedTuple):
    """One GET; equal ones are asked once."""

    url: str
    headers: tuple[tuple[str, str], ...]


def check_keys(
    attempts: Iterable[Attempt], proxies: Mapping[str, str], seconds: float
) -> tuple[Checked, ...]:
    """Tries each key once, and each list once without any; over after `seconds`, whoever has not
    answered by then."""
    questions = [(attempt, _questions(attempt)) for attempt in attempts]
    asked = {each for _, pair in questions for each in pair or ()}
    answers = _ask_all(asked, proxies, seconds)
    return tuple(
        _checked(attempt, *(answers.get(each) for each in pair or (None, None)))
        for attempt, pair in questions
    )


def _questions(attempt: Attempt) -> tuple[_Question, _Question] | None:
    """With the key and without; None where nothing is to be sent."""
    endpoint, key = attempt.endpoint, attempt.key
    if endpoint is None or key is None:
        return None
    common = {**endpoint.more, **attempt.headers}
    shown = {**common, **endpoint.headers(key)}
    return (
        _Question(endpoint.key_url or endpoint.list_url, tuple(shown.items())),
        _Question(endpoint.list_url, tuple(common.items())),
    )


def _ask_all(
    questions: Collection[_Question], proxies: Mapping[str, str], seconds: float
) -> dict[_Question | None, Answer]:
    """A thread for each: a name that is looked up, or a server that drips, cannot be interrupted, and a
    daemon's thread is simply left behind."""
    until = time.monotonic() + seconds
    arrived: queue.SimpleQueue[tuple[_Question, Answer]] = queue.SimpleQueue()

    def put(question: _Question) -> None:
        arrived.put((question, ask(question.url, dict(question.headers), proxies, seconds)))

    for question in questions:
        threading.Thread(target=put, args=(question,), daemon=True).start()
    answers: dict[_Question | None, Answer] = {}
    while len(answers) < len(questions):
        try:
            question, answer = arrived.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        answers[question] = answer
    return answers


def _checked(attempt: Attempt, shown: Answer | None, open_list: Answer | None) -> Checked:
    def is_(verdict: Verdict, detail: str = "", **more: Any) -> Checked:
        return Checked(attempt.variable, attempt.provider, verdict, detail, **more)

    if attempt.key is None:
        return is_(Verdict.MISSING, "not set: nothing was sent")
    if attempt.address_is_missing:
        return is_(Verdict.UNCLEAR, "the variable of its address is not set: nothing was sent")
    if attempt.endpoint is None:
        return is_(
            Verdict.NO_ENDPOINT, "no list of models is known for its prefix: nothing was sent"
        )
    found = judge(
        attempt.variable, attempt.provider, attempt.endpoint, attempt.models, shown, open_list
    )
    address = address_of(attempt.endpoint.list_url)
    if found.verdict is Verdict.UNREACHABLE and address and address.host == IN_CONTAINERS:
        return replace(found, detail=f"{found.detail} (it exists in containers only)")
    return found
