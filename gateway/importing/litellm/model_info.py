"""A deployment's `model_info` in, what a fragment says of a model out: mode, window, capabilities, price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.importing.ledger import Ledger
from gateway.importing.litellm.numbers import per_million, whole
from gateway.importing.litellm.prefixes import mode_of
from gateway.importing.source import Value
from gateway.resolve.deployments import CAPABILITIES, PRICES
from gateway.resolve.litellm_snapshot import known
from gateway.validate import schema
from gateway.yaml_text import shown

_INPUT, _OUTPUT = "max_input_tokens", "max_output_tokens"
# Of a deployment itself or of LiteLLM's database: nothing that a model is.
_OF_DATABASE = ("id", "db_model", "created_at", "updated_at", "created_by", "updated_by")


@dataclass(frozen=True, slots=True)
class Described:
    """What is said about a model. `raw` are `litellm_params` that LiteLLM reads as it does `model_info`."""

    mode: str
    description: str | None
    context_window: int | None
    max_output_tokens: int | None
    capabilities: tuple[str, ...]
    price: Mapping[str, int | float]
    raw: Mapping[str, Any]


def take_prices(holder: Value, ledger: Ledger) -> dict[str, int | float]:
    found: dict[str, int | float] = {}
    for name, key in PRICES.items():
        price = per_million(holder.child(key), ledger)
        if price is not None:
            found[name] = price
    return found


def read_model_info(
    entry: Value, prefix: str, model: str, price: Mapping[str, int | float], ledger: Ledger
) -> Described:
    """`price` is what `litellm_params` say, which wins."""
    info = entry.child("model_info") or Value({}, entry.path, entry.line, "model_info")
    own_price = take_prices(info, ledger)
    for name in own_price.keys() & price.keys():
        if own_price[name] != price[name]:
            ledger.note_overruled(info.data[PRICES[name]])
    return Described(
        mode=_mode(info, entry, prefix, model, ledger),
        description=_description(info),
        context_window=whole(info.child(_INPUT), ledger),
        max_output_tokens=whole(info.child(_OUTPUT), ledger) or _max_tokens(info, ledger),
        capabilities=_capabilities(info),
        price={**own_price, **price},
        raw=_raw(info, entry.child("litellm_params"), ledger),
    )


def _mode(info: Value, entry: Value, prefix: str, model: str, ledger: Ledger) -> str:
    written = info.child("mode")
    if written is None:
        guessed = mode_of(prefix, model)
        if guessed != "chat":
            ledger.note(entry, f"`{shown(model)}` says no `mode`: `{guessed}` by its name")
        return guessed
    mode = str(written.take())
    if mode in schema("model")["properties"]["mode"]["enum"]:
        return mode
    ledger.note(written, f"`mode` `{shown(mode)}` is none of the gateway's: carried over as `chat`")
    return "chat"


def _description(info: Value) -> str | None:
    child = info.child("description")
    if child is None or not isinstance(child.data, str) or len(child.data) > 500:
        return None
    return " ".join(child.take().split())


def _max_tokens(info: Value, ledger: Ledger) -> int | None:
    """Older files say `max_tokens` for the longest answer."""
    return whole(info.child("max_tokens"), ledger)


def _capabilities(info: Value) -> tuple[str, ...]:
    """What it is said to be able to do; what it is said not to is left to be noted."""
    found = []
    for name, flag in CAPABILITIES.items():
        child = info.child(flag)
        if child is not None and child.data is True:
            child.take()
            found.append(name)
    return tuple(found)


def _raw(info: Value, params: Value | None, ledger: Ledger) -> dict[str, Any]:
    """Other prices and `base_model`: LiteLLM takes them from `litellm_params` as well, and those win."""
    accepted = known("litellm_params")
    found = {}
    for key, child in info.items():
        if child.is_taken or key not in accepted:
            continue
        if key != "base_model" and "cost" not in key:
            continue
        other = params.child(key) if params is not None else None
        if other is not None:
            child.take()
            if other.plain != child.plain:
                ledger.note_overruled(child)
        else:
            carried = ledger.carried(child, "model")
            if carried is not None:
                found[key] = carried
    for key in _OF_DATABASE:
        own = info.child(key)
        if own is not None:
            own.take()
            ledger.note(own, f"`{own.name}` was not carried over: the gateway names its own")
    return found
