"""One entry of `model_list` in, what it says in the gateway's words out; the rest is noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway.importing.ledger import Ledger
from gateway.importing.litellm.model_info import Described, read_model_info, take_prices
from gateway.importing.litellm.numbers import whole
from gateway.importing.litellm.place import Place, read_place
from gateway.importing.litellm.request_params import read_request_params
from gateway.importing.source import Value

_HEADERS = ("extra_headers", "headers")
_LIMITS = ("rpm", "tpm", "max_parallel_requests")


@dataclass(frozen=True, slots=True)
class Entry:
    """A deployment: where it is served (`place`), and what the model's fragment says about it.

    `params` are request parameters, `raw` other `litellm_params`; both plain and free of secrets.
    """

    name: str
    at: Value
    place: Place
    weight: Decimal | None
    order: int | None
    limits: Mapping[str, int]
    headers: Mapping[str, str]
    params: Mapping[str, Any]
    raw: Mapping[str, Any]
    timeout: float | None
    described: Described
    origins: Mapping[tuple[str, ...], Value] = field(compare=False)
    """Path in the fragment -> where it stood."""


def read_entry(value: Value, credentials: Mapping[str, Value], ledger: Ledger) -> Entry | None:
    """None where nothing can be made of it, which is noted. The values that are understood are taken."""
    params = value.child("litellm_params")
    name = value.child("model_name")
    if params is None or not isinstance(params.data, dict) or name is None:
        ledger.note(value, f"`{value.name}` was not carried over: it has no model")
        value.is_taken = True
        return None
    with_credentials(params, credentials, ledger)
    named = str(name.take())
    place = read_place(named, value, params, ledger)
    if place is None:
        value.is_taken = True
        return None
    owner = place.base_name
    limits = {key: n for key in _LIMITS if (n := whole(params.child(key), ledger)) is not None}
    limits |= _limits_beside(value, limits, ledger)
    headers = _headers(params, owner, ledger)
    price = take_prices(params, ledger)
    described = read_model_info(value, place.prefix, place.model, price, ledger)
    _note_retries(params, ledger)
    timeout = _timeout(params, ledger)
    weight, order = _weight(params, ledger), whole(params.child("order"), ledger)
    raw, requested = read_request_params(params, owner, ledger)
    return Entry(
        name=named,
        at=value,
        place=place,
        weight=weight,
        order=order,
        limits=limits,
        headers=headers,
        params=requested,
        raw={**described.raw, **raw},
        timeout=timeout,
        described=described,
        origins=_origins(params, value.child("model_info")),
    )


def with_credentials(params: Value, credentials: Mapping[str, Value], ledger: Ledger) -> None:
    """What `litellm_credential_name` stands for is put where LiteLLM puts it: beside the parameters."""
    name = params.child("litellm_credential_name")
    if name is None:
        return
    found = credentials.get(str(name.take()))
    if found is None:
        ledger.note(
            name,
            "`litellm_credential_name` names no credential of `credential_list`: it was left out",
        )
        return
    for key, value in found.items():
        value.is_taken = True
        if key not in params.data:
            params.data[key] = Value(value.data, value.path, value.line, f"{params.name}.{key}")


def _limits_beside(value: Value, limits: Mapping[str, int], ledger: Ledger) -> dict[str, int]:
    """`rpm` and `tpm` beside `litellm_params`, or in `model_info`: LiteLLM's router takes them too."""
    info = value.child("model_info")
    found: dict[str, int] = {}
    for key in ("rpm", "tpm"):
        for holder in (value, info):
            child = holder.child(key) if holder is not None else None
            number = whole(child, ledger)
            if child is None or number is None:
                continue
            if limits.get(key, found.get(key, number)) != number:
                ledger.note_overruled(child)
            elif key not in limits:
                found[key] = number
    return found


def _headers(params: Value, owner: str, ledger: Ledger) -> dict[str, str]:
    headers: dict[str, str] = {}
    for key in _HEADERS:
        child = params.child(key)
        if child is None:
            continue
        carried = ledger.carried(child, owner)
        if isinstance(carried, dict):
            for name in headers.keys() & carried.keys():
                ledger.note_overruled(child.data[name])
                del carried[name]
            headers |= {name: str(text) for name, text in carried.items()}
        else:
            ledger.note(child, f"`{child.name}` was not carried over: it is no mapping")
    return headers


def _note_retries(params: Value, ledger: Ledger) -> None:
    for key in ("num_retries", "max_retries"):
        child = params.child(key)
        if child is not None:
            child.take()
            ledger.note(
                child,
                f"`{key}` was not carried over: the gateway retries where there is another key or "
                "upstream, and falls back at once where there is none",
            )


def _timeout(params: Value, ledger: Ledger) -> float | None:
    """Seconds of the whole call. LiteLLM's `stream_timeout` bounds streams only, which nothing here does."""
    total = _seconds(params.child("timeout"), ledger) or _seconds(
        params.child("request_timeout"), ledger
    )
    stream = params.child("stream_timeout")
    seconds = _seconds(stream, ledger)
    if stream is not None and seconds is not None and seconds != total:
        if total is None:
            return seconds
        ledger.note(
            stream,
            f"`stream_timeout` was not carried over: the whole call has {total:g} s",
            "set `timeouts.first_token` if a stream shall begin sooner",
        )
    return total


def _seconds(value: Value | None, ledger: Ledger) -> float | None:
    if value is None:
        return None
    try:
        seconds = float(value.take())
    except (TypeError, ValueError):
        ledger.note(value, f"`{value.name}` was not carried over: it is no number of seconds")
        return None
    return seconds if seconds > 0 else None


def _weight(params: Value, ledger: Ledger) -> Decimal | None:
    child = params.child("weight")
    if child is None:
        return None
    try:
        return abs(Decimal(str(child.take())))
    except ArithmeticError:
        ledger.note(child, "`weight` was not carried over: it is no number")
        return None


def _origins(params: Value, info: Value | None) -> dict[tuple[str, ...], Value]:
    found: dict[tuple[str, ...], Value] = {}
    for key, child in info.items() if info else ():
        found["litellm", key] = child
    for key, child in params.items():
        found["litellm", key] = found["params", key] = child
        if key in _HEADERS:
            found["headers",] = child
    return found
