"""The variables of LLM-API-Key-Proxy about models in, the models of one provider out.

`X_MODELS` is JSON: a list of ids, or a mapping of names to `{"id": …, "options": {…}}`. Without it
`WHITELIST_MODELS_X` names models too; in it and in `IGNORE_MODELS_X` a `*` stands for any text, and
what is on the white list is never ignored. Where neither names all that there are, the rest is a pattern.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from gateway.importing.record import Record
from gateway.importing.words import has_secret, is_writable

_PARAMS = frozenset(("temperature", "top_p", "reasoning_effort"))
_GLOB = re.compile(r"[A-Za-z0-9*@][A-Za-z0-9._:/@+*-]{0,199}\Z")
_EFFORTS = frozenset(("none", "minimal", "low", "medium", "high", "xhigh"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model that a variable names: what clients call it, its id, and its parameters."""

    variable: str
    name: str
    model: str
    params: Mapping[str, Any] = field(default_factory=dict)


def wanted_models(source: Record, provider: str, about: Mapping[str, str]) -> Iterator[Wanted]:
    """`about`: the provider's variables by what they say, such as `MODELS`."""
    white = _words(source, about.get("WHITELIST_MODELS"), provider)
    ignored = _words(source, about.get("IGNORE_MODELS"), provider)
    variable = about.get("MODELS")
    defined = _defined(source, variable) if variable is not None else []
    if defined:
        for one in defined:
            if _matches(one.name, white) or not _matches(one.name, ignored):
                yield one
            else:
                source.remark((one.variable,), f"`{one.variable}` names a model that is ignored")
        return
    variable = about.get("WHITELIST_MODELS")
    names = [word for word in white if "*" not in word and "?" not in word]
    if variable is not None:
        for word in dict.fromkeys(names):
            yield Wanted(variable, word, word)


def open_models(
    source: Record, provider: str, about: Mapping[str, str]
) -> dict[str, list[str]] | None:
    """`allow` and `deny` of the pattern that serves what no variable names; None where that is nothing."""
    if "MODELS" in about:
        return None
    variables = {name: about.get(name) for name in ("WHITELIST_MODELS", "IGNORE_MODELS")}
    white, ignored = (_globs(source, each, provider) for each in variables.values())
    wide = [glob for glob in white if "*" in glob]
    if "*" in ignored:
        return {"allow": wide} if wide else None
    if wide and ignored:
        source.remark(
            (str(variables["WHITELIST_MODELS"]),),
            f"`{variables['WHITELIST_MODELS']}`: what it names by a `*` is denied here where "
            f"`{variables['IGNORE_MODELS']}` has it too",
            "write a fragment for each of those that you use",
        )
    return {"deny": ignored} if ignored else {}


def _globs(source: Record, variable: str | None, provider: str) -> list[str]:
    """The words that a pattern's list can hold; the others are noted."""
    words = list(dict.fromkeys(_words(source, variable, provider)))
    sound = [word for word in words if _GLOB.match(word) and is_writable(word)]
    if variable is not None and len(sound) < len(words):
        message = (
            f"`{variable}` holds a word that is not carried over: `*` alone stands for any text"
        )
        source.remark((variable,), message)
    return sound


def _words(source: Record, variable: str | None, provider: str) -> list[str]:
    if variable is None:
        return []
    value = source.at(variable)
    source.carry(variable)
    words = [word.strip() for word in value.split(",")] if isinstance(value, str) else []
    return [word.removeprefix(f"{provider}/") for word in words if word]


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _defined(source: Record, variable: str) -> list[Wanted]:
    try:
        data = json.loads(source.at(variable) or "")
    except (ValueError, RecursionError, TypeError):
        data = None
    if isinstance(data, list):
        data = {item: {} for item in data if isinstance(item, str)}
    if not isinstance(data, dict):
        source.note(
            (variable,),
            f"`{variable}` is no JSON list or mapping of models: it is not carried over",
            f'write it as {variable}=\'["model-1", "model-2"]\'',
        )
        return []
    source.carry(variable)
    return [_model(source, variable, name, value) for name, value in data.items() if name]


def _model(source: Record, variable: str, name: str, value: object) -> Wanted:
    entry = value if isinstance(value, dict) else {}
    identity = entry.get("id")
    options = entry.get("options")
    params: dict[str, Any] = {}
    if isinstance(options, dict) and is_writable(options) and not has_secret(options):
        for key, option in options.items():
            if key in _PARAMS and _is_param(key, option):
                params[key] = option
            else:
                params.setdefault("extra_body", {})[key] = option
    elif options:
        source.remark((variable,), f"`options` of a model in `{variable}` are not carried over")
    if entry.keys() - {"id", "options"} or not isinstance(value, dict):
        source.remark((variable,), f"`{variable}` says more of a model than its id and options")
    return Wanted(variable, name, identity if isinstance(identity, str) else name, params)


def _is_param(key: str, value: object) -> bool:
    if key == "reasoning_effort":
        return value in _EFFORTS
    most = 2 if key == "temperature" else 1
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= most  # type: ignore[operator]
